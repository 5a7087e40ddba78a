// Where the attributes of modules may stand.
// [D001] [D004]
// RUN: rm -rf %t && split-file %s %t
// RUN: %ferro-clang -Wall -Wextra -ferror-limit=0 -fsyntax-only -Xclang -verify %t/places.cpp
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %t/macro.cpp
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %t/header.cpp
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %t/nested.cpp
// RUN: not %ferro-clang -fsyntax-only -isystem %t %t/system.cpp 2>&1 | FileCheck %s
// RUN: %ferro-clang -fsyntax-only -Xclang -verify %t/misspelt.cpp
// CHECK: system.h:1:13: error: tile module 'k' is in a system header; its source is kept as it is written, so it must be written there [ferro:ModulePlace]

#--- places.cpp
#include "cutile/cutile.h"
namespace [[cutile::module]] plain { [[cutile::entry]] void k(int); }
namespace outer { inline namespace [[cutile::module]] v1 { namespace [[cutile::module]] nested { [[cutile::entry]] void k(int); } } }
namespace plain { [[cutile::entry]] void reopened(int); }
inline namespace [[deprecated, cutile::module]] listed { }
namespace early { inline int f() { return 1; } }
namespace [[cutile::module]] early { } // expected-error {{namespace 'early' was opened before this attribute; the attribute belongs where the namespace is opened first [ferro:ModuleOpenedBefore]}}
namespace [[cutile::module]] { } // expected-error {{a tile module needs a name that others can spell; this namespace has none [ferro:ModuleName]}}
namespace { namespace [[cutile::module]] hidden { } } // expected-error {{this namespace is inside of one without a name}}
[[cutile::module]] int variable; // expected-error {{'cutile::module' does not belong here; write it between 'namespace' and the name [ferro:MisplacedAttribute]}}
struct [[cutile::entry]] Class {}; // expected-error {{'cutile::entry' does not belong here; write it in front of a function's declaration}}
namespace [[cutile::entry]] space {} // expected-error {{'cutile::entry' does not belong here}}
#--- macro.cpp
#include "cutile/cutile.h"
#define MODULE namespace [[cutile::module]] made { inline int f() { return 1; } }
MODULE // expected-error {{tile module 'made' comes from a macro; its source is kept as it is written, so it must be written there [ferro:ModulePlace]}}
#--- header.cpp
namespace [[cutile::module]] k { inline int f() { return 1; } } // expected-error {{tile module 'k' needs the language's header; add #include <cutile/cutile.h> [ferro:MissingHeader]}}
#--- system.h
namespace [[cutile::module]] k { inline int f() { return 1; } }
#--- system.cpp
#include "cutile/cutile.h"
#include <system.h>
namespace [[cutile::module]] mine { }
#--- nested.cpp
#include "cutile/cutile.h"
namespace [[cutile::module]] one::two { } // expected-error {{'cutile::module' does not belong here; C++ has no attributes on a::b; write namespace a { namespace [[cutile::module]] b { ... } }}}
#--- misspelt.cpp
#include "cutile/cutile.h"
namespace [[cutile::modul]] a { } // expected-error {{unknown attribute 'cutile::modul'; did you mean 'cutile::module'? [ferro:UnknownAttribute]}}
namespace [[cutle::module]] b { } // expected-error {{unknown attribute 'cutle::module'; did you mean 'cutile::module'?}}
namespace [[ferro::module]] c { } // expected-error {{unknown attribute 'ferro::module'; did you mean 'cutile::module'?}}
[[cutile::script]] int d(); // expected-error {{did you mean 'ferro::script'?}}
[[entry]] void e(); // expected-error {{unknown attribute 'entry'; did you mean 'cutile::entry'?}}
[[cutile::kernel]] void f(); // expected-error {{unknown attribute 'cutile::kernel' [ferro:UnknownAttribute]}}
[[cutile::hnt(sm_90, latency = 1)]] void g(); // expected-error {{did you mean 'cutile::hint'?}}
#if 0
namespace [[cutile::modul]] never { }
#endif
