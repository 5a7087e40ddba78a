// The bodies of Tensor<T>'s members.
#include "ferro/Tensor.h"

#include "exec/Reference.h"
#include "graph/Infer.h"
#include "tensor/Record.h"
#include "tensor/Strided.h"
#include "trace/Autograd.h"
#include "trace/Dispatch.h"
#include "trace/Tracer.h"

#include "ferro/Autograd.h"
#include "ferro/Error.h"

#include <array>
#include <atomic>
#include <cstring>

namespace ferro::detail {

using graph::OpKind;

static Record &recordOf(const Handle &tensor, const char *member) {
  if (!tensor.get())
    throw Error(Code::InvalidArgument, member,
                "found a default-constructed tensor; it has no elements");
  return *tensor.get();
}

/// A record that has elements to read or write.
static Record &concrete(const Handle &tensor, const char *member) {
  Record &record = recordOf(tensor, member);
  if (record.isTraced())
    throw Error(Code::DataDependentControlFlow, member,
                "found a traced " + std::string(toString(record.dtype)) +
                    toString(record.shape) +
                    "; a script is captured without values, so keep the "
                    "decision in tensors (where, clamp, maximum) or make it "
                    "outside the script");
  if (!record.storage)
    throw Error(Code::InvalidArgument, member,
                "device is " + toString(record.device) +
                    "; such a tensor has no elements");
  trace::noteValueRead();
  return record;
}

static exec::StridedView viewOf(const Record &record) {
  return {record.bytes(), record.dtype, record.shape, record.strides};
}

// --- queries

Handle checkDType(Handle handle, DType dtype) {
  if (handle.get() && handle.get()->dtype != dtype)
    throw Error(Code::DTypeMismatch, "Tensor",
                "found a tensor of " +
                    std::string(toString(handle.get()->dtype)) +
                    "; this is a handle for " + std::string(toString(dtype)));
  return handle;
}

const Shape &shapeOf(const Handle &tensor) {
  return recordOf(tensor, "shape").shape;
}
const Strides &stridesOf(const Handle &tensor) {
  return recordOf(tensor, "strides").strides;
}
std::int64_t offsetOf(const Handle &tensor) {
  trace::noteValueRead();
  return recordOf(tensor, "offset").offset;
}
std::int64_t extentOf(const Handle &tensor, std::int64_t axis) {
  const Shape &shape = recordOf(tensor, "size").shape;
  return shape[graph::normaliseAxis("size", axis, shape.size())];
}
Device deviceOf(const Handle &tensor) {
  return recordOf(tensor, "device").device;
}
std::uint64_t idOf(const Handle &tensor) {
  trace::noteValueRead();
  return recordOf(tensor, "id").id;
}
bool isContiguous(const Handle &tensor) {
  return recordOf(tensor, "is_contiguous").isContiguous();
}
bool isTraced(const Handle &tensor) {
  return recordOf(tensor, "is_traced").isTraced();
}
bool sharesStorage(const Handle &a, const Handle &b) {
  const Record &first = recordOf(a, "shares_storage");
  return first.storage &&
         first.storage == recordOf(b, "shares_storage").storage;
}

// --- elements

static void requireRowMajor(const Record &record, const char *member) {
  if (!record.isContiguous())
    throw Error(Code::InvalidArgument, member,
                "shape is " + toString(record.shape) + ", strides are " +
                    toString(record.strides) +
                    "; the elements must lie row-major, so call contiguous "
                    "before, or to_vector for a copy");
}

const void *elementsOf(const Handle &tensor, const char *member) {
  Record &record = concrete(tensor, member);
  requireRowMajor(record, member);
  return record.bytes();
}

void *mutableElementsOf(const Handle &tensor) {
  Record &record = concrete(tensor, "mutable_data");
  requireRowMajor(record, "mutable_data");
  record.storage->version.fetch_add(1);
  return record.bytes();
}

void copyOut(const Handle &tensor, void *to) {
  storage::copyToContiguous(concrete(tensor, "to_vector"),
                            static_cast<std::byte *>(to));
}

void copyItem(const Handle &tensor, void *to) {
  Record &record = concrete(tensor, "item");
  if (numel(record.shape) != 1)
    throw Error(Code::ShapeMismatch, "item",
                "shape is " + toString(record.shape) +
                    "; only a tensor of one element has an item");
  std::memcpy(to, record.bytes(), byteSize(record.dtype));
}

// --- conversions

Handle toDevice(const Handle &tensor, Device device) {
  Record &record = recordOf(tensor, "to");
  if (record.device == device)
    return tensor;
  if (device.kind == DeviceKind::Meta)
    return makeTensor(record.dtype, record.shape, device);
  if (record.device.kind == DeviceKind::Meta && device.kind == DeviceKind::Cpu)
    throw Error(Code::InvalidArgument, "to",
                "device is meta; a tensor without elements cannot be given "
                "any, so create it on the device");
  throw Error(Code::DeviceUnavailable, "to",
              "device is " + toString(device) +
                  "; this build has the devices cpu and meta");
}

// A copy is recorded as a cast, the op whose gradient is the gradient itself.
Handle clone(const Handle &tensor) {
  Record &record = recordOf(tensor, "clone");
  graph::Attributes attributes{{"dtype", record.dtype}};
  if (trace::currentTracer())
    return trace::apply(OpKind::Cast, std::move(attributes), {&tensor, 1});
  Handle copy = makeTensor(record.dtype, record.shape, record.device);
  if (record.device.kind != DeviceKind::Meta)
    exec::copyElements(viewOf(concrete(tensor, "clone")), viewOf(*copy.get()));
  trace::recordForBackward(OpKind::Cast, attributes, {&tensor, 1}, copy);
  return copy;
}

Handle detached(const Handle &tensor) {
  return trace::apply(OpKind::Detach, {}, {&tensor, 1});
}

Handle castTo(const Handle &tensor, DType dtype) {
  return trace::apply(OpKind::Cast, {{"dtype", dtype}}, {&tensor, 1});
}

// --- gradients

static GradientState &gradientOf(const Handle &tensor, const char *member) {
  Record &record = recordOf(tensor, member);
  if (!record.requiresGrad || !record.gradient)
    throw Error(Code::NoGradient, member,
                "requires_grad is false; only tensors that require gradients "
                "have one");
  return *record.gradient;
}

bool requiresGrad(const Handle &tensor) {
  return recordOf(tensor, "requires_grad").requiresGrad;
}

bool isLeaf(const Handle &tensor) {
  const Record &record = recordOf(tensor, "is_leaf");
  return !record.gradient || !record.gradient->node;
}

void setRequiresGrad(const Handle &tensor, bool value) {
  Record &record = recordOf(tensor, "requires_grad_");
  if (record.isTraced())
    throw Error(Code::TracingError, "requires_grad_",
                "found a traced tensor; say it before the script is called");
  if (!isLeaf(tensor))
    throw Error(Code::InvalidArgument, "requires_grad_",
                "found the result of a recorded operation; only leaves can "
                "be told, so detach it before");
  if (value && !isFloat(record.dtype))
    throw Error(Code::InvalidArgument, "requires_grad_",
                "dtype is " + std::string(toString(record.dtype)) +
                    "; only floats have gradients");
  if (value && !record.gradient) {
    record.gradient = std::make_shared<GradientState>();
    record.gradient->dtype = record.dtype;
    record.gradient->device = record.device;
    record.gradient->shape = record.shape;
  }
  record.requiresGrad = value;
}

void retainGrad(const Handle &tensor) {
  GradientState &state = gradientOf(tensor, "retain_grad");
  std::lock_guard lock(state.mutex);
  state.retain = true;
}

// The gradient of a tensor that has not been asked for one is simply absent.
static Handle currentGradient(const Handle &tensor) {
  Record &record = recordOf(tensor, "grad");
  if (!record.gradient)
    return {};
  std::lock_guard lock(record.gradient->mutex);
  return record.gradient->gradient;
}

bool hasGrad(const Handle &tensor) {
  trace::noteValueRead();
  return currentGradient(tensor).get() != nullptr;
}

Handle gradOf(const Handle &tensor) {
  trace::noteValueRead();
  Handle gradient = currentGradient(tensor);
  if (!gradient.get())
    throw Error(Code::NoGradient, "grad",
                "no gradient has arrived; backward must have been called on "
                "a result of this leaf, and a tensor that is no leaf needs "
                "retain_grad before");
  return gradient;
}

void setGrad(const Handle &tensor, const Handle &gradient) {
  GradientState &state = gradientOf(tensor, "set_grad");
  const Record &given = recordOf(gradient, "set_grad");
  if (!(given.shape == state.shape))
    throw Error(Code::ShapeMismatch, "set_grad",
                "gradient is " + toString(given.shape) + ", tensor is " +
                    toString(state.shape) + "; the shapes must be equal");
  std::lock_guard lock(state.mutex);
  state.gradient = gradient;
}

void zeroGrad(const Handle &tensor) {
  Record &record = recordOf(tensor, "zero_grad");
  if (!record.gradient)
    return;
  std::lock_guard lock(record.gradient->mutex);
  record.gradient->gradient = {};
}

void backward(const Handle &tensor, const Handle &gradient, int threads) {
  trace::backward(tensor, gradient, threads);
}

std::uint64_t addHook(const Handle &tensor, HookFunction hook) {
  static std::atomic<std::uint64_t> last{0};
  GradientState &state = gradientOf(tensor, "register_hook");
  std::lock_guard lock(state.mutex);
  std::uint64_t id = last.fetch_add(1) + 1;
  state.hooks.emplace_back(id, std::move(hook));
  return id;
}

bool removeHook(const Handle &tensor, std::uint64_t hook) {
  GradientState &state = gradientOf(tensor, "remove_hook");
  std::lock_guard lock(state.mutex);
  return std::erase_if(state.hooks, [&](const auto &entry) {
           return entry.first == hook;
         }) > 0;
}

// --- in-place forms

/// The record to write to, where that leaves the tape true.
static Record &writable(const Handle &self, const char *member, bool recorded) {
  if (trace::currentTracer())
    throw Error(Code::TracingError, member,
                "found an in-place write in a script; a captured graph has no "
                "memory to write to, so use the form without _");
  Record &record = concrete(self, member);
  if (grad_enabled() && record.requiresGrad && isLeaf(self))
    throw Error(Code::InvalidArgument, member,
                "found a leaf that requires a gradient; write to it in a "
                "NoGrad scope, or to its detach()");
  if (recorded && record.storage.use_count() > 1)
    throw Error(Code::InvalidArgument, member,
                "found elements that another tensor shares or backward needs; "
                "a recorded in-place write needs them alone, so use the form "
                "without _");
  return record;
}

/// Gives \p record the elements, and if it is recorded the history, of
/// \p value.
static void assign(Record &record, const Handle &value, const char *member,
                   bool recorded) {
  const Record &from = *value.get();
  if (!(from.shape == record.shape))
    throw Error(Code::ShapeMismatch, member,
                "tensor is " + toString(record.shape) + ", result is " +
                    toString(from.shape) + "; the shapes must be equal");
  if (from.dtype != record.dtype)
    throw Error(Code::DTypeMismatch, member,
                "tensor is " + std::string(toString(record.dtype)) +
                    ", result is " + std::string(toString(from.dtype)) +
                    "; an in-place form keeps the dtype");
  exec::copyElements(viewOf(from), viewOf(record));
  record.storage->version.fetch_add(1);
  if (!recorded)
    return;
  record.gradient = from.gradient;
  record.requiresGrad = from.requiresGrad;
}

static void applyInPlace(OpKind op, const char *member, const Handle &self,
                         std::span<const Handle> operands) {
  bool recorded = false;
  for (const Handle &operand : operands)
    recorded |= grad_enabled() && recordOf(operand, member).requiresGrad;
  Record &record = writable(self, member, recorded);
  assign(record, trace::apply(op, {}, operands), member, recorded);
}

void addInPlace(const Handle &self, const Handle &other) {
  applyInPlace(OpKind::Add, "add_", self, std::array{self, other});
}
void subInPlace(const Handle &self, const Handle &other) {
  applyInPlace(OpKind::Sub, "sub_", self, std::array{self, other});
}
void mulInPlace(const Handle &self, const Handle &other) {
  applyInPlace(OpKind::Mul, "mul_", self, std::array{self, other});
}
void divInPlace(const Handle &self, const Handle &other) {
  applyInPlace(OpKind::Div, "div_", self, std::array{self, other});
}
void clampInPlace(const Handle &self, const Handle &low, const Handle &high) {
  applyInPlace(OpKind::Clamp, "clamp_", self, std::array{self, low, high});
}

void copyInPlace(const Handle &self, const Handle &other) {
  bool recorded = grad_enabled() && (recordOf(self, "copy_").requiresGrad ||
                                     recordOf(other, "copy_").requiresGrad);
  Record &record = writable(self, "copy_", recorded);
  Handle value =
      trace::apply(OpKind::Expand, {{"shape", record.shape}}, {&other, 1});
  // The source may be another view of the same memory.
  assign(record, clone(value), "copy_", recorded);
}

void fillInPlace(const Handle &self, Number value) {
  copyInPlace(self, scalarBeside(self, recordOf(self, "fill_").dtype, value));
}

} // namespace ferro::detail
