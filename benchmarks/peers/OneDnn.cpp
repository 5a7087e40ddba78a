#include "peers/Peers.h"

#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>
#include <vector>

namespace bench::peers {

using dnnl::memory;

static const dnnl::engine &engine() {
  static dnnl::engine instance(dnnl::engine::kind::cpu, 0);
  return instance;
}

static dnnl::stream &stream() {
  static dnnl::stream instance(engine());
  return instance;
}

static memory::desc rows(std::size_t m, std::size_t n) {
  return {{memory::dim(m), memory::dim(n)},
          memory::data_type::f32,
          memory::format_tag::ab};
}
static memory::desc transposed(std::size_t m, std::size_t n) {
  return {{memory::dim(m), memory::dim(n)},
          memory::data_type::f32,
          memory::format_tag::ba};
}
static memory::desc vector(std::size_t n) {
  return {{memory::dim(n)}, memory::data_type::f32, memory::format_tag::a};
}

struct OneDnn::State {
  dnnl::primitive primitive;
  std::unordered_map<int, memory> arguments;
  std::vector<int> order; // of the pointers that run takes

  void add(int argument, const memory::desc &desc) {
    arguments.emplace(argument, memory(desc, engine(), nullptr));
    order.push_back(argument);
  }
};

void OneDnn::run(std::initializer_list<float *> buffers) const {
  auto argument = state->order.begin();
  for (float *buffer : buffers)
    state->arguments.at(*argument++).set_data_handle(buffer);
  state->primitive.execute(stream(), state->arguments);
  stream().wait();
}

OneDnn OneDnn::softmax(std::size_t m, std::size_t n) {
  dnnl::softmax_forward::desc desc(dnnl::prop_kind::forward_inference,
                                   rows(m, n), 1);
  OneDnn made;
  made.state = std::make_shared<State>();
  made.state->primitive = dnnl::softmax_forward({desc, engine()});
  made.state->add(DNNL_ARG_SRC, rows(m, n));
  made.state->add(DNNL_ARG_DST, rows(m, n));
  return made;
}

OneDnn OneDnn::layerNorm(std::size_t m, std::size_t n) {
  using dnnl::normalization_flags;
  dnnl::layer_normalization_forward::desc desc(
      dnnl::prop_kind::forward_inference, rows(m, n), 1e-5f,
      normalization_flags::use_scale | normalization_flags::use_shift);
  OneDnn made;
  made.state = std::make_shared<State>();
  made.state->primitive = dnnl::layer_normalization_forward({desc, engine()});
  made.state->add(DNNL_ARG_SRC, rows(m, n));
  made.state->add(DNNL_ARG_SCALE, vector(n));
  made.state->add(DNNL_ARG_SHIFT, vector(n));
  made.state->add(DNNL_ARG_DST, rows(m, n));
  return made;
}

OneDnn OneDnn::matmul(std::size_t n) {
  dnnl::matmul::desc desc(rows(n, n), rows(n, n), rows(n, n));
  OneDnn made;
  made.state = std::make_shared<State>();
  made.state->primitive = dnnl::matmul({desc, engine()});
  made.state->add(DNNL_ARG_SRC, rows(n, n));
  made.state->add(DNNL_ARG_WEIGHTS, rows(n, n));
  made.state->add(DNNL_ARG_DST, rows(n, n));
  return made;
}

OneDnn OneDnn::linear(std::size_t m, std::size_t k, std::size_t n, bool relu) {
  dnnl::primitive_attr attributes;
  if (relu) {
    dnnl::post_ops after;
    after.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
    attributes.set_post_ops(after);
  }
  dnnl::matmul::desc desc(rows(m, k), transposed(k, n), rows(1, n), rows(m, n));
  OneDnn made;
  made.state = std::make_shared<State>();
  made.state->primitive = dnnl::matmul({desc, attributes, engine()});
  made.state->add(DNNL_ARG_SRC, rows(m, k));
  made.state->add(DNNL_ARG_WEIGHTS, transposed(k, n));
  made.state->add(DNNL_ARG_BIAS, rows(1, n));
  made.state->add(DNNL_ARG_DST, rows(m, n));
  return made;
}

std::string oneDnnVersion() {
  const dnnl_version_t *version = dnnl_version();
  return "oneDNN " + std::to_string(version->major) + "." +
         std::to_string(version->minor) + "." + std::to_string(version->patch);
}

} // namespace bench::peers
