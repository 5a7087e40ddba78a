// What this machine's processor can do.
#pragma once

#include "artifact/Request.h"

#include <string>
#include <vector>

namespace ferro::device {

/// The machine we run on: its triple and the features of CpuFeatures.def that
/// both processor and operating system support, as "+avx2", sorted. The cpu is
/// named only if all the features its name stands for are there (a virtual
/// machine may hide some), else it is empty and the features decide.
const artifact::Target &hostTarget();

/// The features of \p target that this machine lacks, without their plus. A
/// feature unknown here counts as lacking.
std::vector<std::string> missingFeatures(const artifact::Target &target);

/// \throws Error ArtifactMismatch for another architecture, CpuFeatureMissing
///         naming the features.
void requireHost(const artifact::Target &target);

} // namespace ferro::device
