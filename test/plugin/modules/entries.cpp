// What a kernel looks like.
// [D006] [D021] [D022]
// RUN: %ferro-clang -Wall -Wextra -fsyntax-only -ferror-limit=0 -Xclang -verify %s
#include "cutile/cutile.h"
#include "ferro/ferro.h"

[[cutile::entry]] void outside(int n); // expected-error {{kernel 'outside' is in no tile module; write it inside of namespace [[cutile::module]] ... { } [ferro:EntryOutsideModule]}}

struct Outside { int n; };

namespace [[cutile::module]] kernels {
using namespace cutile;

struct Scale { float by; };
struct Owner { Owner(const Owner &); };
enum class Kind { A };
template <int N> struct Table { int values[N]; };
template <typename T> struct Wide { using type = T; };
template <typename T> using Read = const TensorView<T, dyn> &;

// Accepted: the attribute with and without arguments, on templates, and every kind of parameter.
[[cutile::entry]] void bare(TensorView<f32, 4, 4> &out, const TensorView<f16, dyn, dyn> &in, int n, f16 h, bool b, Scale s, Kind k, MappedPartition<f32, 4> p);
template <typename T, int BM, bool B>
[[cutile::entry()]] void generic(TensorView<T, BM> &out, Read<T> in, T factor, typename Wide<T>::type bias, Table<BM> table);
template <typename View> [[cutile::entry(print_ir)]] void deduced(const View &in);
[[cutile::entry, cutile::unsafe]] void pointers(float *out, const float *in, const f16 *half);
[[using cutile : entry]] static inline void usingScope(const TensorView<f32, 1, 1, 1, 1, 1, 1> &in);

[[cutile::entry]] int returns(int n); // expected-error {{kernel 'kernels::returns' returns 'int'; a kernel returns nothing and writes its results through its parameters [ferro:EntryReturns]}}
[[cutile::entry]] auto trailing(int n) -> float; // expected-error {{returns 'float'}}
[[cutile::entry]] void owned(ferro::Tensor<float> t); // expected-error {{parameter 't' of kernel 'kernels::owned' is a tensor of the host; take TensorView<E, ...> & to write, or const TensorView<E, ...> & to read [ferro:OwnedTensor]}}
[[cutile::entry]] void ownedReference(const ferro::Tensor<float> &t); // expected-error {{[ferro:OwnedTensor]}}
[[cutile::entry]] void byValue(TensorView<f32, 4> t); // expected-error {{parameter 't' of kernel 'kernels::byValue' is a view by value; take TensorView<E, ...> & to write, or const TensorView<E, ...> & to read [ferro:ViewByValue]}}
[[cutile::entry]] void byRvalue(TensorView<f32, 4> &&t); // expected-error {{[ferro:ViewByValue]}}
[[cutile::entry]] void mapped(const MappedPartition<f32, 4> &t); // expected-error {{parameter 't' of kernel 'kernels::mapped' is a reference to a mapped partition; take it by value [ferro:MappedByReference]}}
[[cutile::entry]] void reference(int &n); // expected-error {{parameter 'n' of kernel 'kernels::reference' has type 'int &'; a kernel takes TensorView<E, ...> & to write, const TensorView<E, ...> & to read, elements, mapped partitions, and trivially copyable classes of a tile module [ferro:KernelParameter]}}
[[cutile::entry]] void constReference(const Scale &); // expected-error {{parameter 1 of kernel 'kernels::constReference' has type 'const Scale &'}}
[[cutile::entry]] void outsideClass(Outside o); // expected-error {{parameter 'o' of kernel 'kernels::outsideClass' has type 'Outside'}}
[[cutile::entry]] void notTrivial(Owner o); // expected-error {{parameter 'o' of kernel 'kernels::notTrivial' has type 'Owner'}}
[[cutile::entry]] void tile(Tile<f32, 4> t); // expected-error {{has type 'Tile<f32, 4>'}}
[[cutile::entry]] void tooWide(long double x, __int128 y); // expected-error {{'long double'}} expected-error {{'__int128'}}
[[cutile::entry]] void pointer(const float *p); // expected-error {{parameter 'p' of kernel 'kernels::pointer' is a pointer; pointers are for kernels that are also [[cutile::unsafe]] [ferro:KernelPointer]}}
[[cutile::entry, cutile::unsafe]] void pointerToClass(Scale *p, int **q); // expected-error {{'Scale *'}} expected-error {{'int **'}}
[[cutile::entry]] void rank7(const TensorView<f32, 1, 1, 1, 1, 1, 1, 1> &in); // expected-error {{parameter 'in' of kernel 'kernels::rank7' is a view of rank 7; a view has at most 6 axes [ferro:ViewRank]}}
template <int... D> [[cutile::entry]] void pack(TensorView<f32, D...> &out); // expected-error {{kernel 'kernels::pack' is generic over its rank by the pack 'D'; write a kernel for each rank and call a function with the pack from it [ferro:EntryRankPack]}}
[[cutile::entry]] void variadic(int n, ...); // expected-error {{kernel 'kernels::variadic' is a function with C variadic arguments; a kernel is an ordinary function, or a function template, of its module [ferro:EntryKind]}}
[[cutile::entry]] void gone() = delete; // expected-error {{is deleted}}
struct Class {
  [[cutile::entry]] void member(); // expected-error {{kernel 'kernels::Class::member' is a member function}}
};
} // namespace kernels
