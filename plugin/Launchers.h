// Launchers: host functions beside kernels, and the table of instantiations.
#pragma once

#include "ScriptRewriter.h"
#include "TileModule.h"

namespace ferro::plugin {

/// Writes behind each kernel of \p modules a function of its name that takes
/// what a launch takes and returns a launch; for
///
///   template <int N, typename T> void scale(TensorView<T, N> &y, T factor)
///
/// a template for any arguments of which one is a tensor or a partition, and
/// for a kernel that is no template a function whose parameters are the
/// tensors of the kernel's. At the end of the main file stands the table of
/// all instantiations of the kernels that the file has.
///
/// Kernels that came out of a macro, that have no parameter for a tensor, that
/// have packs, or that share their name with another one get no launcher, and
/// no kernel of a file that does not include cutile/Launcher.h does.
/// The launchers of a module are also written to MODULE.cpp in the folder
/// that the environment variable DUMP_KERNEL_LAUNCHER_DIR names.
void writeLaunchers(const TileModules &modules, Style style,
                    clang::ASTContext &context, FileEdits &edits);

} // namespace ferro::plugin
