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
#define FERRO_ATTR(Id, spelling, summary) Id,
#include "Attributes.def"
};

const char *spelling(AttrKind kind);

/// Whether \p decl, or what it was instantiated from, carries the attribute.
/// Known during a discovery parse only.
bool hasAttribute(const clang::Decl *decl, AttrKind kind);

/// An attribute in its place; decl is null where it does not belong.
struct AttributeUse {
  AttrKind kind;
  clang::Decl *decl;
  clang::SourceLocation loc;
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
