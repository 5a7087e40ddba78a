// Grad mode: whether operations are recorded for backward. It is a property of
// the thread and on at first.
#pragma once

#include "ferro/Export.h"

namespace ferro {

/// Whether operations of this thread are recorded.
FERRO_API bool grad_enabled();
/// Whether this thread is in inference mode.
FERRO_API bool inference_mode_enabled();

namespace detail {
struct GradMode {
  bool enabled = true;
  bool inference = false;
  /// While a script is captured: the mode is the caller's, no guard in the body
  /// has set it.
  bool callers = false;
};
/// Sets the thread's mode and returns the one before.
FERRO_API GradMode exchangeGradMode(GradMode mode);

/// Sets the mode for a scope; scopes nest.
class GradModeScope {
public:
  explicit GradModeScope(GradMode mode) : previous(exchangeGradMode(mode)) {}
  ~GradModeScope() { exchangeGradMode(previous); }
  GradModeScope(const GradModeScope &) = delete;
  GradModeScope &operator=(const GradModeScope &) = delete;

private:
  GradMode previous;
};
} // namespace detail

/// Records nothing in its lifetime: results do not require gradients.
class [[nodiscard]] NoGrad : detail::GradModeScope {
public:
  NoGrad() : GradModeScope({false, inference_mode_enabled()}) {}
};
/// Records again inside a NoGrad scope, but not in inference mode.
class [[nodiscard]] EnableGrad : detail::GradModeScope {
public:
  EnableGrad()
      : GradModeScope({!inference_mode_enabled(), inference_mode_enabled()}) {}
};
/// Records if \p enabled.
class [[nodiscard]] SetGradEnabled : detail::GradModeScope {
public:
  explicit SetGradEnabled(bool enabled)
      : GradModeScope(
            {enabled && !inference_mode_enabled(), inference_mode_enabled()}) {}
};
/// NoGrad that cannot be undone inside.
class [[nodiscard]] InferenceMode : detail::GradModeScope {
public:
  InferenceMode() : GradModeScope({false, true}) {}
};

/// Calls \p f without recording.
template <typename F> decltype(auto) no_grad(F &&f) {
  NoGrad scope;
  return f();
}
/// Calls \p f with recording on.
template <typename F> decltype(auto) enable_grad(F &&f) {
  EnableGrad scope;
  return f();
}
/// Calls \p f in inference mode.
template <typename F> decltype(auto) inference_mode(F &&f) {
  InferenceMode scope;
  return f();
}
/// Calls \p f with recording on or off.
template <typename F> decltype(auto) set_grad_enabled(bool enabled, F &&f) {
  SetGradEnabled scope(enabled);
  return f();
}

} // namespace ferro
