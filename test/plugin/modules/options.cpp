// The options of a kernel are read to the last token.
// [D012] [D013] [D015]
// RUN: %ferro-clang -Wall -Wextra -fsyntax-only -ferror-limit=0 -Xclang -verify %s
// RUN: not %ferro-clang -fsyntax-only -ferror-limit=0 -fdiagnostics-parseable-fixits %s 2>&1 | FileCheck %s
#include "cutile/cutile.h"

namespace [[cutile::module]] kernels {
using View = cutile::TensorView<float, cutile::dyn, cutile::dyn>;

// [D014]
[[cutile::entry(print_ir, dump_mlir_dir = "ir", deny_in_kernel_checks = true,
                preconditions = (dim(a, 1) == dim(b, 0), dim(a, 0) % 0x10 == 0, dim(b, 1) % 1 == 0,),
                optimization_hints = (sm_90 = (occupancy = 2, num_cta_in_cga = 4), sm_100a = (max_divisibility = 16, num_worker_warps_per_cta = 8), 1200 = ()))]]
void all(const View &a, const View &b);
[[cutile::unsafe, cutile::entry(unchecked_accesses)]] void unchecked(const View &a);
[[cutile::entry(unchecked_accesses = false)]] void checked(const View &a);

// CHECK: fix-it:"{{.*}}options.cpp":{[[#@LINE+1]]:17-[[#@LINE+1]]:24}:"print_ir"
[[cutile::entry(printir)]] void a1(); // expected-error {{unknown option 'printir' of 'cutile::entry'; did you mean 'print_ir'? [ferro:UnknownOption]}}
[[cutile::entry(use_debug_mlir = "x")]] void a2(); // expected-error {{unknown option 'use_debug_mlir' of 'cutile::entry' [ferro:UnknownOption]}}
[[cutile::entry(print_ir, print_ir)]] void a3(); // expected-error {{'print_ir' is given twice [ferro:RepeatedKey]}}
[[cutile::entry(print_ir = 1)]] void a4(); // expected-error {{'cutile::entry' expects true or false for 'print_ir'; found '1' [ferro:AttributeSyntax]}}
[[cutile::entry(dump_mlir_dir)]] void a5(); // expected-error {{'cutile::entry' expects '=' behind 'dump_mlir_dir'; found the end}}
[[cutile::entry(dump_mlir_dir = ir)]] void a6(); // expected-error {{expects the name of a folder in quotes; found 'ir'}}
[[cutile::entry(print_ir deny_in_kernel_checks)]] void a7(); // expected-error {{expects ',' behind an option; found 'deny_in_kernel_checks'}}
[[cutile::entry(unchecked_accesses)]] void a8(); // expected-error {{kernel 'a8' has unchecked_accesses and is not [[cutile::unsafe]] [ferro:UncheckedEntry]}}

[[cutile::entry(preconditions = (dim(a, 0)))]] void p1(const View &a); // expected-error {{a precondition is an equality, dim(a, 1) == dim(b, 0) or dim(a, 0) % 16 == 0; found ')' [ferro:PreconditionNotEquality]}}
[[cutile::entry(preconditions = (dim(a, 0) < dim(a, 1)))]] void p2(const View &a); // expected-error {{found '<' [ferro:PreconditionNotEquality]}}
[[cutile::entry(preconditions = (size(a) == 4))]] void p3(const View &a); // expected-error {{a precondition compares dim(tensor, axis); found 'size' [ferro:PreconditionNotDim]}}
[[cutile::entry(preconditions = (dim(a, 0) == 4))]] void p4(const View &a); // expected-error {{found '4' [ferro:PreconditionNotDim]}}
[[cutile::entry(preconditions = (dim(1, 0) == dim(a, 0)))]] void p5(const View &a); // expected-error {{the tensor in dim(tensor, axis) is the name of a parameter; found '1' [ferro:PreconditionTensor]}}
[[cutile::entry(preconditions = (dim(input, 0) % 2 == 0))]] void p6(const View &inputs); // expected-error {{'input' in a precondition is no parameter of kernel 'p6'; did you mean 'inputs'? [ferro:PreconditionParameter]}}
[[cutile::entry(preconditions = (dim(a, N) % 2 == 0))]] void p7(const View &a); // expected-error {{axis 'N' of a precondition is no number [ferro:PreconditionAxis]}}
[[cutile::entry(preconditions = (dim(a, -1) % 2 == 0))]] void p8(const View &a); // expected-error {{axis -1 of a precondition is negative; axes count from 0 [ferro:PreconditionNegativeAxis]}}
[[cutile::entry(preconditions = (dim(a, 0) % 0 == 0))]] void p9(const View &a); // expected-error {{divisor '0' of a precondition is no number of at least 1 [ferro:PreconditionDivisor]}}
[[cutile::entry(preconditions = (dim(a, 0) % n == 0))]] void p10(const View &a); // expected-error {{divisor 'n' of a precondition}}
[[cutile::entry(preconditions = (dim(a, 0) % 8 == 1))]] void p11(const View &a); // expected-error {{divisibility is written with == 0; found '1' [ferro:PreconditionRemainder]}}
[[cutile::entry(preconditions dim(a, 0))]] void p12(const View &a); // expected-error {{expects '(' behind 'preconditions'; found 'dim'}}

[[cutile::entry(optimization_hints = (sm_91 = ()))]] void h1(); // expected-error {{unknown architecture 'sm_91'; did you mean 'sm_90'? [ferro:HintArchitecture]}}
[[cutile::entry(optimization_hints = (sm_90 = (), sm_90 = ()))]] void h2(); // expected-error {{'sm_90' is given twice}}
[[cutile::entry(optimization_hints = (sm_90 = (occupancy = 1, occupancy = 2)))]] void h3(); // expected-error {{'occupancy' is given twice}}
[[cutile::entry(optimization_hints = (sm_90 = (latency = 3)))]] void h4(); // expected-error {{hint 'latency' does not belong here; it stands in [[cutile::hint]], on a load, a store or a kernel [ferro:HintPlace]}}
[[cutile::entry(optimization_hints = (sm_90 = (num_worker_warps_per_cta = 12)))]] void h5(); // expected-error {{hint 'num_worker_warps_per_cta' is 12; it takes a power of two from 1 to 32 [ferro:HintValue]}}
[[cutile::entry(optimization_hints = (sm_80 = (num_cta_in_cga = 2)))]] void h6(); // expected-error {{hint 'num_cta_in_cga' is 2; it takes 1 before sm_90, which has no clusters}}
} // namespace kernels
