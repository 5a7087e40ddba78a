// The attributes [[ferro::...]] and [[cutile::...]] mean something to the
// plugin and to ferro-rewrite. Every other tool ignores them, so that the
// program runs eagerly, and would warn at each one. Define
// FERRO_KEEP_ATTRIBUTE_WARNINGS to see those warnings, for all attributes that
// a compiler does not know.
#pragma once

#ifndef FERRO_KEEP_ATTRIBUTE_WARNINGS
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wunknown-attributes"
#elif defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wattributes"
#endif
#endif
