// The tile dialect: kernels over tiles, values of static shape. Names follow
// CUDA Tile IR. Labels (C1), (C2), ... tie a rule here to its check in the
// verifier and to its test.

#ifndef FERRO_TILE_OPS
#define FERRO_TILE_OPS

include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Tile_Dialect : Dialect {
  let name = "tile";
  let cppNamespace = "::ferro::tile";
  let summary = "Kernels over tiles";
  let hasConstantMaterializer = 1;
}

class Tile_Op<string mnemonic, list<Trait> traits = []>
    : Op<Tile_Dialect, mnemonic, traits>;

def Tile_Float : AnyTypeOf<[F16, BF16, F32, F64]>;
def Tile_Integer : AnyTypeOf<[I1, I8, I16, I32, I64]>;
def Tile_Tile : StaticShapeTensorOf<[I1, I8, I16, I32, I64, F16, BF16, F32, F64]>;
def Tile_FloatTile : StaticShapeTensorOf<[F16, BF16, F32, F64]>;
def Tile_IntegerTile : StaticShapeTensorOf<[I1, I8, I16, I32, I64]>;
def Tile_Mask : StaticShapeTensorOf<[I1]>;
def Tile_View : StaticShapeMemRefOf<[I1, I8, I16, I32, I64, F16, BF16, F32, F64]>;

//===----------------------------------------------------------------------===//
// Kernels and memory
//===----------------------------------------------------------------------===//

def Tile_EntryOp : Tile_Op<"entry", [IsolatedFromAbove, Symbol]> {
  let summary = "A kernel stage: a program for every block of a grid";
  let description = [{
    Runs its body once for each point of `grid`, in any order and in parallel.
    Arguments are views of the kernel's buffers; `buffers` says which: operands
    first, then results, -1 for the workspace, where the view's offset counts.
    Entries that name the same `kernel` run one after the other, in order.

    (C1) Grid extents are positive. (C2) `buffers` has one number per argument,
    at least -1. (C3) Arguments are statically shaped views.

    ```mlir
    tile.entry @k(%a: memref<64xf32>, %b: memref<64xf32>) grid [4] {
      %i = tile.block_id : index
      %x = tile.load %a[%i] : memref<64xf32> -> tensor<16xf32>
      tile.store %x, %b[%i] : tensor<16xf32> -> memref<64xf32>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, DenseI64ArrayAttr:$grid,
                       DenseI64ArrayAttr:$buffers,
                       OptionalAttr<StrAttr>:$kernel);
  let regions = (region SizedRegion<1>:$body);
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name,
      "::llvm::ArrayRef<int64_t>":$grid, "::llvm::ArrayRef<int64_t>":$buffers,
      "::mlir::TypeRange":$views)>];
  let extraClassDeclaration = [{
    ::mlir::Block &block() { return getBody().front(); }
    /// The kernel this stage belongs to: `kernel`, or the entry's own name.
    ::llvm::StringRef kernelName();
    /// How many blocks the grid has.
    int64_t numBlocks();
  }];
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Tile_ReturnOp : Tile_Op<"return", [Terminator, Pure, HasParent<"EntryOp">]> {
  let summary = "Ends an entry; not written";
  let assemblyFormat = "attr-dict";
}

def Tile_BlockIdOp : Tile_Op<"block_id", [Pure]> {
  let summary = "The coordinates of the running block in the grid";
  let description = [{
    (C1) There is one result for each extent of the enclosing entry's grid.
  }];
  let results = (outs Variadic<Index>:$ids);
  let assemblyFormat = "attr-dict `:` type($ids)";
  let hasVerifier = 1;
}

def Tile_LoadOp : Tile_Op<"load"> {
  let summary = "Reads the tile of a view at a tile index";
  let description = [{
    `result[i...] = view[index * extents + i...]`, the extents being the tile's.
    What lies beyond the view is absent: it is never read, takes no part in a
    reduction and is not stored.

    (C1) There is one index for each axis of the view. (C2) The tile's rank is
    at most the view's; the leading axes that it lacks have extent 1. (C3) The
    element types agree.
  }];
  let arguments = (ins Arg<Tile_View, "", [MemRead]>:$view, Variadic<Index>:$indices);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$view `[` $indices `]` attr-dict `:` type($view) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_StoreOp : Tile_Op<"store"> {
  let summary = "Writes a tile to a view at a tile index";
  let description = [{
    `view[index * extents + i...] = tile[i...]`, the extents being the tile's.
    What lies beyond the view is not written.

    (C1) There is one index for each axis of the view. (C2) The tile's rank is
    at most the view's; the leading axes that it lacks have extent 1. (C3) The
    element types agree.
  }];
  let arguments = (ins Tile_Tile:$tile, Arg<Tile_View, "", [MemWrite]>:$view, Variadic<Index>:$indices);
  let assemblyFormat = "$tile `,` $view `[` $indices `]` attr-dict `:` type($tile) `->` type($view)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Shapes and element types
//===----------------------------------------------------------------------===//

def Tile_ConstantOp : Tile_Op<"constant", [Pure, ConstantLike, AllTypesMatch<["value", "result"]>]> {
  let summary = "A tile whose elements are known";
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
}

def Tile_BroadcastOp : Tile_Op<"broadcast", [Pure, SameOperandsAndResultElementType]> {
  let summary = "Repeats the axes of extent 1";
  let description = [{
    (C1) The ranks agree. (C2) Every extent of `source` is 1 or the result's.
  }];
  let arguments = (ins Tile_Tile:$source);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Tile_ReshapeOp : Tile_Op<"reshape", [Pure, SameOperandsAndResultElementType]> {
  let summary = "The same elements, in row-major order, under another shape";
  let description = [{
    (C1) Both shapes have the same number of elements.
  }];
  let arguments = (ins Tile_Tile:$source);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Tile_ConvertOp : Tile_Op<"convert", [Pure, SameOperandsAndResultShape, Elementwise]> {
  let summary = "Converts every element to another type";
  let description = [{
    Floats round to nearest even; with `odd`, an inexact result is the
    neighbour whose lowest bit is 1. Floats truncate toward zero into integers
    and saturate, and NaN becomes 0. Into `i1`: whether the element differs
    from zero. Integers wrap; wider ones are sign-extended, or zero-extended
    with `unsigned` and from `i1`.

    (C1) The shapes agree. (C2) `odd` is from f64 to f32.
  }];
  let arguments = (ins Tile_Tile:$source, UnitAttr:$zeroExtend, UnitAttr:$toOdd);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "(`unsigned` $zeroExtend^)? (`odd` $toOdd^)? $source attr-dict `:` type($source) `->` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Arithmetic, element by element
//===----------------------------------------------------------------------===//

class Tile_UnaryOp<string mnemonic, Type type, string text>
    : Tile_Op<mnemonic, [Pure, Elementwise, SameOperandsAndResultType]> {
  let summary = text;
  let arguments = (ins type:$source);
  let results = (outs type:$result);
  let assemblyFormat = "$source attr-dict `:` type($result)";
}

class Tile_BinaryOp<string mnemonic, Type type, string text>
    : Tile_Op<mnemonic, [Pure, Elementwise, SameOperandsAndResultType]> {
  let summary = text;
  let arguments = (ins type:$lhs, type:$rhs);
  let results = (outs type:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($result)";
}

def Tile_AddFOp : Tile_BinaryOp<"addf", Tile_FloatTile, "Adds">;
def Tile_SubFOp : Tile_BinaryOp<"subf", Tile_FloatTile, "Subtracts rhs from lhs">;
def Tile_MulFOp : Tile_BinaryOp<"mulf", Tile_FloatTile, "Multiplies">;
def Tile_DivFOp : Tile_BinaryOp<"divf", Tile_FloatTile, "Divides lhs by rhs">;
def Tile_MaxFOp : Tile_BinaryOp<"maxf", Tile_FloatTile, "The larger element; NaN if either is NaN">;
def Tile_MinFOp : Tile_BinaryOp<"minf", Tile_FloatTile, "The smaller element; NaN if either is NaN">;
def Tile_PowOp : Tile_BinaryOp<"pow", Tile_FloatTile, "lhs to the power rhs">;

def Tile_AddIOp : Tile_BinaryOp<"addi", Tile_IntegerTile, "Adds; wraps">;
def Tile_SubIOp : Tile_BinaryOp<"subi", Tile_IntegerTile, "Subtracts rhs from lhs; wraps">;
def Tile_MulIOp : Tile_BinaryOp<"muli", Tile_IntegerTile, "Multiplies; wraps">;
def Tile_DivIOp : Tile_BinaryOp<"divi", Tile_IntegerTile, "Divides signed integers toward zero; 0 where rhs is 0; wraps">;
def Tile_MaxIOp : Tile_BinaryOp<"maxi", Tile_IntegerTile, "The larger signed integer">;
def Tile_MinIOp : Tile_BinaryOp<"mini", Tile_IntegerTile, "The smaller signed integer">;
def Tile_AndIOp : Tile_BinaryOp<"andi", Tile_IntegerTile, "And, bit by bit">;
def Tile_OrIOp : Tile_BinaryOp<"ori", Tile_IntegerTile, "Or, bit by bit">;
def Tile_XOrIOp : Tile_BinaryOp<"xori", Tile_IntegerTile, "Exclusive or, bit by bit">;

def Tile_NegFOp : Tile_UnaryOp<"negf", Tile_FloatTile, "Flips the sign">;
def Tile_AbsFOp : Tile_UnaryOp<"absf", Tile_FloatTile, "The magnitude">;
def Tile_SqrtOp : Tile_UnaryOp<"sqrt", Tile_FloatTile, "The square root, correctly rounded">;
def Tile_ExpOp : Tile_UnaryOp<"exp", Tile_FloatTile, "e to the power of the element">;
def Tile_LogOp : Tile_UnaryOp<"log", Tile_FloatTile, "The natural logarithm">;
def Tile_SinOp : Tile_UnaryOp<"sin", Tile_FloatTile, "The sine of radians">;
def Tile_CosOp : Tile_UnaryOp<"cos", Tile_FloatTile, "The cosine of radians">;
def Tile_TanhOp : Tile_UnaryOp<"tanh", Tile_FloatTile, "The hyperbolic tangent">;
def Tile_ErfOp : Tile_UnaryOp<"erf", Tile_FloatTile, "The error function">;
def Tile_FloorOp : Tile_UnaryOp<"floor", Tile_FloatTile, "The largest integer not above">;
def Tile_CeilOp : Tile_UnaryOp<"ceil", Tile_FloatTile, "The smallest integer not below">;

def Tile_Predicate : I32EnumAttr<"Predicate", "An ordering of two elements", [
    I32EnumAttrCase<"Equal", 0, "equal">, I32EnumAttrCase<"NotEqual", 1, "not_equal">,
    I32EnumAttrCase<"Less", 2, "less_than">, I32EnumAttrCase<"LessEqual", 3, "less_than_or_equal">,
    I32EnumAttrCase<"Greater", 4, "greater_than">, I32EnumAttrCase<"GreaterEqual", 5, "greater_than_or_equal">]> {
  let cppNamespace = "::ferro::tile";
}

class Tile_CompareOp<string mnemonic, Type type, string text>
    : Tile_Op<mnemonic, [Pure, Elementwise, AllTypesMatch<["lhs", "rhs"]>,
        TypesMatchWith<"(C1) the result is a mask of the operands' shape", "lhs", "result",
          "::llvm::cast<::mlir::ShapedType>($_self).clone(::mlir::IntegerType::get($_ctxt, 1))">]> {
  let summary = text;
  let arguments = (ins Tile_Predicate:$predicate, type:$lhs, type:$rhs);
  let results = (outs Tile_Mask:$result);
  let assemblyFormat = "$predicate $lhs `,` $rhs attr-dict `:` type($lhs)";
}

def Tile_CmpFOp : Tile_CompareOp<"cmpf", Tile_FloatTile, "Compares floats; with a NaN only not_equal holds">;
def Tile_CmpIOp : Tile_CompareOp<"cmpi", Tile_IntegerTile, "Compares signed integers">;

def Tile_SelectOp : Tile_Op<"select", [Pure, Elementwise,
    AllTypesMatch<["onTrue", "onFalse", "result"]>,
    TypesMatchWith<"(C1) the condition is a mask of the result's shape", "result", "condition",
      "::llvm::cast<::mlir::ShapedType>($_self).clone(::mlir::IntegerType::get($_ctxt, 1))">]> {
  let summary = "onTrue where the condition holds, else onFalse";
  let arguments = (ins Tile_Mask:$condition, Tile_Tile:$onTrue, Tile_Tile:$onFalse);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$condition `,` $onTrue `,` $onFalse attr-dict `:` type($result)";
}

//===----------------------------------------------------------------------===//
// Reductions and products
//===----------------------------------------------------------------------===//

def Tile_ReduceKind : I32EnumAttr<"ReduceKind", "How elements are combined", [
    I32EnumAttrCase<"Add", 0, "add">, I32EnumAttrCase<"Mul", 1, "mul">,
    I32EnumAttrCase<"Max", 2, "max">, I32EnumAttrCase<"Min", 3, "min">,
    I32EnumAttrCase<"MaxNum", 4, "maxnum">]> {
  let cppNamespace = "::ferro::tile";
}

def Tile_ReduceOp : Tile_Op<"reduce", [Pure, SameOperandsAndResultElementType]> {
  let summary = "Combines the elements along axes, which keep extent 1";
  let description = [{
    The order is fixed by the shapes alone: equal inputs give equal bits. Max
    and min of floats are NaN if an element is NaN; maxnum passes NaNs over, and
    is -infinity if there is nothing else.

    (C1) Axes are ascending and inside the rank. (C2) The result has extent 1
    along the axes and the source's extents elsewhere.
  }];
  let arguments = (ins Tile_ReduceKind:$kind, Tile_Tile:$source, DenseI64ArrayAttr:$axes);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$kind $source `axes` $axes attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_MmaOp : Tile_Op<"mma", [Pure, AllTypesMatch<["acc", "result"]>]> {
  let summary = "Multiplies two tiles and adds an accumulator";
  let description = [{
    `result[m, n] = acc[m, n] + sum over k of lhs[m, k] * rhs[k, n]`

    (C1) `lhs` is MxK, `rhs` is KxN and `acc` is MxN. (C2) The products are
    accumulated in the element type of `acc`, never in a narrower one than
    that of `lhs` and `rhs`, which agree.
  }];
  let arguments = (ins Tile_Tile:$lhs, Tile_Tile:$rhs, Tile_Tile:$acc);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$lhs `,` $rhs `,` $acc attr-dict `:` type($lhs) `,` type($rhs) `,` type($acc)";
  let hasVerifier = 1;
}

#endif // FERRO_TILE_OPS
