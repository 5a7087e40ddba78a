// Our attributes, as Clang's parser hands them over.
#pragma once

#include "Diagnostics.h"

#include "clang/Basic/SourceLocation.h"

#include <vector>

namespace clang {
class Decl;
}

namespace ferro::plugin {

enum class AttrKind {
#define FERRO_ATTR(Id, spelling, places, summary) Id,
#include "ferro/Attributes.def"
};

const char *spelling(AttrKind kind);

/// Where an attribute may stand; bits.
struct Place {
  enum : unsigned { Function = 1, Namespace = 2, Class = 4, Statement = 8 };
};

/// "it belongs in front of ..." for the message about one that stands
/// elsewhere.
const char *placeRule(AttrKind kind);

/// Whether \p decl, or what it was instantiated from, carries the attribute.
/// Known during a discovery parse only.
bool hasAttribute(const clang::Decl *decl, AttrKind kind);

/// An attribute as the parser met it.
struct AttributeUse {
  AttrKind kind;
  clang::Decl *decl; // null where it does not belong, and on statements
  clang::SourceLocation loc;
  bool isStatement = false;
};

/// While one lives, its thread is in a discovery parse: attributes are noted
/// here, and the plugin does not start another discovery.
class AttributeRecorder {
public:
  AttributeRecorder();
  ~AttributeRecorder();
  AttributeRecorder(const AttributeRecorder &) = delete;

  static AttributeRecorder *current();

  std::vector<AttributeUse> uses;
};

/// What this thread's final parse has met that a rewritten file cannot contain.
Findings &unrewritten();

} // namespace ferro::plugin
