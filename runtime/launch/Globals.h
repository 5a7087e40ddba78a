// The numbers of modules that outlive launches.
#pragma once

#include <string_view>

namespace ferro::launch {

/// Where the cutile::Global with this qualified name is; null if no loaded
/// object has one. Of several, the first that was registered.
void *globalNamed(std::string_view name);

} // namespace ferro::launch
