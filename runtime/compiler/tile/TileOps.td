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
// Patterns with a meaning: loaded, stored, converted, multiplied by mma, and
// nothing else.
defvar Tile_storage = [TF32, F8E4M3FN, F8E5M2, F8E8M0FNU, F4E2M1FN, I<4>];
defvar Tile_elements = !listconcat([I1, I8, I16, I32, I64, F16, BF16, F32, F64], Tile_storage);
def Tile_Tile : StaticShapeTensorOf<Tile_elements>;
def Tile_Scalar : AnyTypeOf<Tile_elements>;
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

def Tile_KernelOp : Tile_Op<"kernel", [IsolatedFromAbove, Symbol]> {
  let summary = "A kernel of a program: its grid and extents are known at launch";
  let description = [{
    Runs its body once for each block of a grid of three axes, in any order and
    in parallel. Arguments are views of tensors, whose extents and strides may
    be known at launch only, and numbers.

    Each launch gives the first element of each tensor, and `words` of 8 bytes,
    where `places` tells for each argument at which byte its extents and
    strides, or its value, lie. Without `places` they follow each other, behind
    the three extents of the grid.

    (C1) Arguments are views or numbers. (C2) There is one place for each
    argument, or none at all.

    ```mlir
    tile.kernel @scale(%y: memref<?xf32, strided<[1]>>, %a: f32) {
      %i, %j, %k = tile.block_id : index, index, index
      %width = arith.constant 64 : index
      %at = arith.muli %i, %width : index
      %x = tile.load_view %y[%at] : memref<?xf32, strided<[1]>> -> tensor<64xf32>
      tile.store_view %x, %y[%at] : tensor<64xf32> -> memref<?xf32, strided<[1]>>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<DenseI64ArrayAttr>:$places,
                       OptionalAttr<I64Attr>:$words);
  let regions = (region SizedRegion<1>:$body);
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name,
      "::mlir::TypeRange":$arguments)>];
  let extraClassDeclaration = [{
    ::mlir::Block &block() { return getBody().front(); }
    /// Where the words of each argument begin, in bytes; the last is the end.
    ::llvm::SmallVector<std::int64_t> wordPlaces();
  }];
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Tile_ReturnOp : Tile_Op<"return", [Terminator, Pure, ParentOneOf<["EntryOp", "KernelOp"]>]> {
  let summary = "Ends an entry or a kernel; not written";
  let assemblyFormat = "attr-dict";
}

def Tile_BlockIdOp : Tile_Op<"block_id", [Pure]> {
  let summary = "The coordinates of the running block in the grid";
  let description = [{
    (C1) There is one result for each extent of the enclosing entry's grid, and
    three in a kernel.
  }];
  let results = (outs Variadic<Index>:$ids);
  let assemblyFormat = "attr-dict `:` type($ids)";
  let hasVerifier = 1;
}

def Tile_NumBlocksOp : Tile_Op<"num_blocks", [Pure, HasParent<"KernelOp">]> {
  let summary = "The extents of a kernel's grid";
  let results = (outs Index:$x, Index:$y, Index:$z);
  let assemblyFormat = "attr-dict";
}

def Tile_CheckOp : Tile_Op<"check"> {
  let summary = "Stops the kernel unless a condition holds";
  let description = [{
    The launch fails with `code`, a ferro::Code, and `text`, in which `{0}`,
    `{1}` and so on stand for `values`, and the place is the location. With
    `launch` it is made before the blocks run: what it needs is known then.
  }];
  let arguments = (ins I1:$condition, StrAttr:$code, StrAttr:$text, Variadic<I64>:$values, UnitAttr:$atLaunch);
  let assemblyFormat = "(`launch` $atLaunch^)? $condition `,` $code `,` $text (`(` $values^ `)`)? attr-dict";
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

def Tile_PrintOp : Tile_Op<"print"> {
  let summary = "Prints a line";
  let description = [{
    In `text` `{}` stands for each of the values in turn, `{{` and `}}` for
    braces. `elements` are rows of cutile/Elements.def.

    (C1) There is one element type for each value.
  }];
  let arguments = (ins StrAttr:$text, DenseI64ArrayAttr:$elements, Variadic<AnyTypeOf<[Tile_Tile, Tile_Scalar]>>:$values);
  let assemblyFormat = "$text `elements` $elements (`(` $values^ `:` type($values) `)`)? attr-dict";
  let hasVerifier = 1;
}

def Tile_Padding : I32EnumAttr<"Padding", "What a load gives where there is no element", [
    I32EnumAttrCase<"None", 0, "none">, I32EnumAttrCase<"Zero", 1, "zero">,
    I32EnumAttrCase<"NegativeZero", 2, "negative_zero">, I32EnumAttrCase<"Nan", 3, "nan">,
    I32EnumAttrCase<"Inf", 4, "inf">, I32EnumAttrCase<"NegativeInf", 5, "negative_inf">]> {
  let cppNamespace = "::ferro::tile";
}
def Tile_StridedView : StridedMemRefOf<Tile_elements>;

def Tile_LoadViewOp : Tile_Op<"load_view"> {
  let summary = "Reads a tile of a view from an element index on";
  let description = [{
    `result[i...] = view[offset + permuted(i)...]`: axis k of the tile runs along
    axis `axes[k]` of the view. What lies outside of the view is padding, of
    which `none` says that nobody looks at it.

    (C1) There is one offset for each axis of the view. (C2) The tile has the
    view's rank, and `axes` is a permutation. (C3) The element types agree.
  }];
  let arguments = (ins Arg<Tile_StridedView, "", [MemRead]>:$view, Variadic<Index>:$offsets,
                       DenseI64ArrayAttr:$axes, Tile_Padding:$padding);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$view `[` $offsets `]` `axes` $axes `pad` $padding attr-dict `:` type($view) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_StoreViewOp : Tile_Op<"store_view"> {
  let summary = "Writes a tile to a view from an element index on";
  let description = [{
    As load_view reads; what lies outside of the view is not written.

    (C1) There is one offset for each axis of the view. (C2) The tile has the
    view's rank, and `axes` is a permutation. (C3) The element types agree.
  }];
  let arguments = (ins Tile_Tile:$tile, Arg<Tile_StridedView, "", [MemWrite]>:$view, Variadic<Index>:$offsets,
                       DenseI64ArrayAttr:$axes);
  let assemblyFormat = "$tile `,` $view `[` $offsets `]` `axes` $axes attr-dict `:` type($tile) `->` type($view)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Pointers
//===----------------------------------------------------------------------===//

// A tile of pointers is a tile of addresses, in bytes.
def Tile_Addresses : StaticShapeTensorOf<[I64]>;

def Tile_LoadPtrOp : Tile_Op<"load_ptr", [AttrSizedOperandSegments, MemoryEffects<[MemRead]>]> {
  let summary = "Reads what addresses point to";
  let description = [{
    Where the mask holds, or everywhere without one; elsewhere `padding`.

    (C1) Addresses, mask and result have one shape. (C2) The padding is an
    element; it is there if the mask is.
  }];
  let arguments = (ins Tile_Addresses:$addresses, Optional<Tile_Mask>:$mask, Optional<Tile_Scalar>:$padding);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$addresses (`mask` $mask^)? (`pad` $padding^ `:` type($padding))? attr-dict `:` type($addresses) (`,` type($mask)^)? `->` type($result)";
  let hasVerifier = 1;
}

def Tile_StorePtrOp : Tile_Op<"store_ptr", [MemoryEffects<[MemWrite]>]> {
  let summary = "Writes elements to addresses, ascending";
  let description = [{
    Where the mask holds, or everywhere without one.

    (C1) Addresses, mask and values have one shape.
  }];
  let arguments = (ins Tile_Tile:$values, Tile_Addresses:$addresses, Optional<Tile_Mask>:$mask);
  let assemblyFormat = "$values `,` $addresses (`mask` $mask^)? attr-dict `:` type($values) `,` type($addresses) (`,` type($mask)^)?";
  let hasVerifier = 1;
}

def Tile_AddressOp : Tile_Op<"address", [Pure]> {
  let summary = "The addresses of elements of a view, whether or not they exist";
  let description = [{
    (C1) There is one index tile for each axis of the view, all of the result's
    shape.
  }];
  let arguments = (ins Tile_StridedView:$view, Variadic<Tile_Addresses>:$indices);
  let results = (outs Tile_Addresses:$result);
  let assemblyFormat = "$view `[` $indices `:` type($indices) `]` attr-dict `:` type($view) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_BaseAddressOp : Tile_Op<"base_address", [Pure]> {
  let summary = "The address of a view's first element";
  let arguments = (ins Tile_StridedView:$view);
  let results = (outs I64:$result);
  let assemblyFormat = "$view attr-dict `:` type($view)";
}

def Tile_ViewOfOp : Tile_Op<"view_of", [Pure, AttrSizedOperandSegments]> {
  let summary = "A view of the elements from an address on";
  let description = [{
    (C1) There is an extent for each axis that the type does not know, and a
    stride for each of these.
  }];
  let arguments = (ins I64:$address, Variadic<Index>:$extents, Variadic<Index>:$strides);
  let results = (outs Tile_StridedView:$result);
  let assemblyFormat = "$address `[` $extents `]` `strides` `[` $strides `]` attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Tile_GlobalOp : Tile_Op<"global", [Pure, HasParent<"KernelOp">]> {
  let summary = "The address of a number of the program, by its qualified name";
  let arguments = (ins StrAttr:$name);
  let results = (outs I64:$result);
  let assemblyFormat = "$name attr-dict";
}

def Tile_AtomicKind : I32EnumAttr<"AtomicKind", "What an atomic makes of the old value", [
    I32EnumAttrCase<"Add", 0, "add">, I32EnumAttrCase<"And", 1, "and">,
    I32EnumAttrCase<"Or", 2, "or">, I32EnumAttrCase<"Xor", 3, "xor">,
    I32EnumAttrCase<"Min", 4, "min">, I32EnumAttrCase<"Max", 5, "max">,
    I32EnumAttrCase<"Exchange", 6, "xchg">]> {
  let cppNamespace = "::ferro::tile";
}

def Tile_AtomicRmwOp : Tile_Op<"atomic_rmw", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Combines values with what addresses point to; gives the old";
  let description = [{
    Where the mask holds, or everywhere without one; elsewhere the result is 0.
    Element after element in row-major order, each of them atomically.

    (C1) All have one shape. (C2) `unsigned` and the bitwise kinds are of
    integers; min and max too.
  }];
  let arguments = (ins Tile_AtomicKind:$kind, Tile_Tile:$values, Tile_Addresses:$addresses, Optional<Tile_Mask>:$mask,
                       UnitAttr:$zeroExtend);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$kind (`unsigned` $zeroExtend^)? $values `,` $addresses (`mask` $mask^)? attr-dict `:` type($values) `,` type($addresses) (`,` type($mask)^)? `->` type($result)";
  let hasVerifier = 1;
}

def Tile_AtomicCasOp : Tile_Op<"atomic_cas", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Writes desired where an address points to expected; gives the old";
  let description = [{
    Where the mask holds, or everywhere without one; elsewhere the result is 0.
    Bits are compared.

    (C1) All have one shape.
  }];
  let arguments = (ins Tile_Tile:$expected, Tile_Tile:$desired, Tile_Addresses:$addresses, Optional<Tile_Mask>:$mask);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$expected `,` $desired `,` $addresses (`mask` $mask^)? attr-dict `:` type($expected) `,` type($desired) `,` type($addresses) (`,` type($mask)^)? `->` type($result)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Shapes and element types
//===----------------------------------------------------------------------===//

def Tile_ScalarToTileOp : Tile_Op<"scalar_to_tile", [Pure,
    TypesMatchWith<"the result is a tile without axes of the number's type", "source", "result",
      "::mlir::RankedTensorType::get({}, $_self)">]> {
  let summary = "A number as a tile without axes";
  let arguments = (ins Tile_Scalar:$source);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source attr-dict `:` type($source)";
  let hasFolder = 1;
}

def Tile_TileToScalarOp : Tile_Op<"tile_to_scalar", [Pure,
    TypesMatchWith<"the result is an element", "source", "result",
      "::llvm::cast<::mlir::RankedTensorType>($_self).getElementType()">]> {
  let summary = "The only element of a tile";
  let description = [{
    (C1) The tile has one element.
  }];
  let arguments = (ins Tile_Tile:$source);
  let results = (outs Tile_Scalar:$result);
  let assemblyFormat = "$source attr-dict `:` type($source)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Tile_IotaOp : Tile_Op<"iota", [Pure]> {
  let summary = "0, 1, 2, ...";
  let description = [{
    (C1) The tile has one axis.
  }];
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Tile_PermuteOp : Tile_Op<"permute", [Pure, SameOperandsAndResultElementType]> {
  let summary = "Axes in another order: axis k of the result is axis axes[k]";
  let description = [{
    (C1) `axes` is a permutation, and the extents follow it.
  }];
  let arguments = (ins Tile_Tile:$source, DenseI64ArrayAttr:$axes);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source `axes` $axes attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_CatOp : Tile_Op<"cat", [Pure, SameOperandsAndResultElementType]> {
  let summary = "Two tiles one after the other along an axis";
  let description = [{
    (C1) The extents agree, but along the axis, where the result's is the sum.
  }];
  let arguments = (ins Tile_Tile:$lhs, Tile_Tile:$rhs, I64Attr:$axis);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$lhs `,` $rhs `axis` $axis attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_ExtractOp : Tile_Op<"extract", [Pure]> {
  let summary = "A part of a tile, by the index of the part";
  let description = [{
    `result[i...] = source[index * extents + i...]`; the index is inside.

    (C1) Ranks and element types agree, there is one index for each axis, and
    the result's extents divide the source's.
  }];
  let arguments = (ins Tile_Tile:$source, Variadic<Index>:$indices);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source `[` $indices `]` attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_InsertOp : Tile_Op<"insert", [Pure, AllTypesMatch<["source", "result"]>]> {
  let summary = "A tile with a part replaced, by the index of the part";
  let description = [{
    (C1) Ranks and element types agree, there is one index for each axis, and
    the part's extents divide the source's.
  }];
  let arguments = (ins Tile_Tile:$source, Tile_Tile:$part, Variadic<Index>:$indices);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source `,` $part `[` $indices `]` attr-dict `:` type($source) `,` type($part)";
  let hasVerifier = 1;
}

def Tile_BitcastOp : Tile_Op<"bitcast", [Pure, SameOperandsAndResultShape, Elementwise]> {
  let summary = "The same bits as another type of equal width";
  let description = [{
    (C1) The widths agree.
  }];
  let arguments = (ins Tile_Tile:$source);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

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
    with `unsigned` and from `i1`. Between integers and floats `unsigned` says
    that the integers have no sign. The floats of 8 and 4 bits saturate, and a
    NaN becomes the positive pattern of ones; f8e8m0 takes magnitudes, rounded
    up, or with `toward_zero` down. tf32 are f32 without their low 13 bits.

    (C1) The shapes agree. (C2) `odd` is from f64 to f32.
  }];
  let arguments = (ins Tile_Tile:$source, UnitAttr:$zeroExtend, UnitAttr:$toOdd, UnitAttr:$towardZero);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "(`unsigned` $zeroExtend^)? (`odd` $toOdd^)? (`toward_zero` $towardZero^)? $source attr-dict `:` type($source) `->` type($result)";
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
def Tile_MaximumFOp : Tile_BinaryOp<"maximumf", Tile_FloatTile, "The larger element, -0 being below 0; NaN if either is NaN">;
def Tile_MinimumFOp : Tile_BinaryOp<"minimumf", Tile_FloatTile, "The smaller element, -0 being below 0; NaN if either is NaN">;
def Tile_MaxNumFOp : Tile_BinaryOp<"maxnumf", Tile_FloatTile, "The larger element, -0 being below 0; the other one if one is NaN">;
def Tile_MinNumFOp : Tile_BinaryOp<"minnumf", Tile_FloatTile, "The smaller element, -0 being below 0; the other one if one is NaN">;
def Tile_CopySignOp : Tile_BinaryOp<"copysign", Tile_FloatTile, "lhs with the sign of rhs">;
def Tile_Atan2Op : Tile_BinaryOp<"atan2", Tile_FloatTile, "The angle of the point (rhs, lhs)">;
def Tile_PowOp : Tile_BinaryOp<"pow", Tile_FloatTile, "lhs to the power rhs">;

def Tile_AddIOp : Tile_BinaryOp<"addi", Tile_IntegerTile, "Adds; wraps">;
def Tile_SubIOp : Tile_BinaryOp<"subi", Tile_IntegerTile, "Subtracts rhs from lhs; wraps">;
def Tile_MulIOp : Tile_BinaryOp<"muli", Tile_IntegerTile, "Multiplies; wraps">;
def Tile_DivIOp : Tile_BinaryOp<"divi", Tile_IntegerTile, "Divides signed integers toward zero; 0 where rhs is 0; wraps">;
def Tile_DivUIOp : Tile_BinaryOp<"divui", Tile_IntegerTile, "Divides unsigned integers; 0 where rhs is 0">;
def Tile_FloorDivIOp : Tile_BinaryOp<"floordivi", Tile_IntegerTile, "Divides signed integers, rounding down; 0 where rhs is 0; wraps">;
def Tile_CeilDivIOp : Tile_BinaryOp<"ceildivi", Tile_IntegerTile, "Divides signed integers, rounding up; 0 where rhs is 0; wraps">;
def Tile_CeilDivUIOp : Tile_BinaryOp<"ceildivui", Tile_IntegerTile, "Divides unsigned integers, rounding up; 0 where rhs is 0">;
def Tile_RemIOp : Tile_BinaryOp<"remi", Tile_IntegerTile, "The remainder of signed integers, with lhs's sign; lhs where rhs is 0">;
def Tile_RemUIOp : Tile_BinaryOp<"remui", Tile_IntegerTile, "The remainder of unsigned integers; lhs where rhs is 0">;
def Tile_MulHiIOp : Tile_BinaryOp<"mulhii", Tile_IntegerTile, "The high half of the unsigned product">;
def Tile_MaxIOp : Tile_BinaryOp<"maxi", Tile_IntegerTile, "The larger signed integer">;
def Tile_MinIOp : Tile_BinaryOp<"mini", Tile_IntegerTile, "The smaller signed integer">;
def Tile_MaxUIOp : Tile_BinaryOp<"maxui", Tile_IntegerTile, "The larger unsigned integer">;
def Tile_MinUIOp : Tile_BinaryOp<"minui", Tile_IntegerTile, "The smaller unsigned integer">;
def Tile_ShLIOp : Tile_BinaryOp<"shli", Tile_IntegerTile, "lhs times 2^rhs; 0 where rhs, unsigned, is the width or more">;
def Tile_ShRSIOp : Tile_BinaryOp<"shrsi", Tile_IntegerTile, "Signed lhs over 2^rhs, rounding down; the sign where rhs, unsigned, is the width or more">;
def Tile_ShRUIOp : Tile_BinaryOp<"shrui", Tile_IntegerTile, "Unsigned lhs over 2^rhs, rounding down; 0 where rhs, unsigned, is the width or more">;
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
def Tile_AcosOp : Tile_UnaryOp<"acos", Tile_FloatTile, "The arc cosine">;
def Tile_AsinOp : Tile_UnaryOp<"asin", Tile_FloatTile, "The arc sine">;
def Tile_AtanOp : Tile_UnaryOp<"atan", Tile_FloatTile, "The arc tangent">;
def Tile_CbrtOp : Tile_UnaryOp<"cbrt", Tile_FloatTile, "The cube root">;
def Tile_CoshOp : Tile_UnaryOp<"cosh", Tile_FloatTile, "The hyperbolic cosine">;
def Tile_Exp2Op : Tile_UnaryOp<"exp2", Tile_FloatTile, "2 to the power of the element">;
def Tile_Expm1Op : Tile_UnaryOp<"expm1", Tile_FloatTile, "e to the power of the element, minus 1">;
def Tile_Log10Op : Tile_UnaryOp<"log10", Tile_FloatTile, "The logarithm to base 10">;
def Tile_Log1pOp : Tile_UnaryOp<"log1p", Tile_FloatTile, "The natural logarithm of 1 plus the element">;
def Tile_Log2Op : Tile_UnaryOp<"log2", Tile_FloatTile, "The logarithm to base 2">;
def Tile_RintOp : Tile_UnaryOp<"rint", Tile_FloatTile, "The nearest integer, ties to even">;
def Tile_RoundOp : Tile_UnaryOp<"round", Tile_FloatTile, "The nearest integer, ties away from zero">;
def Tile_RsqrtOp : Tile_UnaryOp<"rsqrt", Tile_FloatTile, "One over the square root">;
def Tile_SinhOp : Tile_UnaryOp<"sinh", Tile_FloatTile, "The hyperbolic sine">;
def Tile_TanOp : Tile_UnaryOp<"tan", Tile_FloatTile, "The tangent of radians">;
def Tile_TruncOp : Tile_UnaryOp<"trunc", Tile_FloatTile, "The element without its fraction">;
def Tile_FloorOp : Tile_UnaryOp<"floor", Tile_FloatTile, "The largest integer not above">;
def Tile_CeilOp : Tile_UnaryOp<"ceil", Tile_FloatTile, "The smallest integer not below">;

def Tile_RemFOp : Tile_BinaryOp<"remf", Tile_FloatTile, "The remainder of lhs over rhs truncated, exactly, with lhs's sign; NaN where rhs is 0 or lhs infinite">;

def Tile_FmaOp : Tile_Op<"fma", [Pure, Elementwise, SameOperandsAndResultType]> {
  let summary = "lhs * rhs + acc, rounded once";
  let arguments = (ins Tile_FloatTile:$lhs, Tile_FloatTile:$rhs, Tile_FloatTile:$acc);
  let results = (outs Tile_FloatTile:$result);
  let assemblyFormat = "$lhs `,` $rhs `,` $acc attr-dict `:` type($result)";
}

def Tile_Direction : I32EnumAttr<"Direction", "Which neighbour an inexact result becomes", [
    I32EnumAttrCase<"Up", 1, "up">, I32EnumAttrCase<"Down", 2, "down">,
    I32EnumAttrCase<"TowardZero", 3, "toward_zero">]> {
  let cppNamespace = "::ferro::tile";
}
def Tile_DirectedKind : I32EnumAttr<"DirectedKind", "What is rounded", [
    I32EnumAttrCase<"Add", 0, "add">, I32EnumAttrCase<"Sub", 1, "sub">,
    I32EnumAttrCase<"Mul", 2, "mul">, I32EnumAttrCase<"Div", 3, "div">,
    I32EnumAttrCase<"Sqrt", 4, "sqrt">, I32EnumAttrCase<"Fma", 5, "fma">,
    I32EnumAttrCase<"Convert", 6, "convert">]> {
  let cppNamespace = "::ferro::tile";
}

def Tile_DirectedOp : Tile_Op<"directed", [Pure, SameOperandsAndResultShape, Elementwise]> {
  let summary = "An operation of floats that rounds in a direction, once";
  let description = [{
    addf, subf, mulf, divf, sqrt, fma, and convert to a float, which else round
    to nearest even. What saturates, saturates. `unsigned` is of the integers
    that are converted.

    (C1) There are as many operands as the kind has. (C2) The result is of
    floats, and so are the operands, of its type, unless it is a conversion.
  }];
  let arguments = (ins Tile_DirectedKind:$kind, Tile_Direction:$direction, UnitAttr:$zeroExtend,
                       Variadic<Tile_Tile>:$sources);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$kind $direction (`unsigned` $zeroExtend^)? $sources attr-dict `:` type($sources) `->` type($result)";
  let hasVerifier = 1;
}

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
def Tile_CmpUIOp : Tile_CompareOp<"cmpui", Tile_IntegerTile, "Compares unsigned integers">;

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
    I32EnumAttrCase<"MaxNum", 4, "maxnum">, I32EnumAttrCase<"MaximumNumber", 5, "maximum_number">,
    I32EnumAttrCase<"MinimumNumber", 6, "minimum_number">, I32EnumAttrCase<"MaxU", 7, "maxu">,
    I32EnumAttrCase<"MinU", 8, "minu">, I32EnumAttrCase<"And", 9, "and">,
    I32EnumAttrCase<"Or", 10, "or">, I32EnumAttrCase<"Xor", 11, "xor">]> {
  let cppNamespace = "::ferro::tile";
}

def Tile_ReduceOp : Tile_Op<"reduce", [Pure, SameOperandsAndResultElementType]> {
  let summary = "Combines the elements along axes, which keep extent 1";
  let description = [{
    The order is fixed by the shapes alone: equal inputs give equal bits. Max
    and min of floats are NaN if an element is NaN; maxnum passes NaNs over, and
    is -infinity if there is nothing else. maximum_number and minimum_number do
    that too and tell the zeros apart: -0 is below 0. Of integers, maxu and minu
    are of those without sign.

    (C1) Axes are ascending and inside the rank. (C2) The result has extent 1
    along the axes and the source's extents elsewhere.
  }];
  let arguments = (ins Tile_ReduceKind:$kind, Tile_Tile:$source, DenseI64ArrayAttr:$axes);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$kind $source `axes` $axes attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_YieldOp : Tile_Op<"yield", [Terminator, Pure, ParentOneOf<["MapOp", "ReduceByOp", "ScanOp"]>]> {
  let summary = "The number that a region makes";
  let arguments = (ins Tile_Scalar:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

def Tile_MapOp : Tile_Op<"map", [Pure]> {
  let summary = "A function of numbers, applied to each element";
  let description = [{
    (C1) The region takes an element of each source and yields one of the
    result; all have one shape.
  }];
  let arguments = (ins Variadic<Tile_Tile>:$sources);
  let results = (outs Tile_Tile:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sources $body attr-dict `:` type($sources) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_ReduceByOp : Tile_Op<"reduce_by", [Pure, SameOperandsAndResultElementType]> {
  let summary = "Combines the elements along an axis by a function of two numbers";
  let description = [{
    The axis stays with extent 1. The function is associative, and `identity`
    leaves the other operand as it is; the order is fixed by the shapes alone.

    (C1) The region takes what was combined so far and an element, and yields
    one. (C2) The result has extent 1 along the axis and the source's elsewhere.
  }];
  let arguments = (ins Tile_Tile:$source, Tile_Scalar:$identity, I64Attr:$axis);
  let results = (outs Tile_Tile:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$source `from` $identity `axis` $axis $body attr-dict `:` type($source) `,` type($identity) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_ScanOp : Tile_Op<"scan", [Pure, AllTypesMatch<["source", "result"]>]> {
  let summary = "reduce_by with every intermediate result";
  let description = [{
    In the place of the element that it ends with, or with `exclusive` of the
    one it ends before; with `reverse` from the last element on.

    (C1) The region takes what was combined so far and an element, and yields
    one. (C2) The axis is inside the rank.
  }];
  let arguments = (ins Tile_Tile:$source, Tile_Scalar:$identity, I64Attr:$axis, UnitAttr:$reverse, UnitAttr:$exclusive);
  let results = (outs Tile_Tile:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "(`reverse` $reverse^)? (`exclusive` $exclusive^)? $source `from` $identity `axis` $axis $body attr-dict `:` type($source) `,` type($identity)";
  let hasVerifier = 1;
}

def Tile_MmaOp : Tile_Op<"mma", [Pure, AllTypesMatch<["acc", "result"]>]> {
  let summary = "Multiplies two tiles and adds an accumulator";
  let description = [{
    `result[m, n] = acc[m, n] + sum over k of lhs[m, k] * rhs[k, n]`

    (C1) `lhs` is MxK, `rhs` is KxN and `acc` is MxN, or each is a batch of
    these. (C2) The products are accumulated in the element type of `acc`, never
    in a narrower one than that of `lhs` and `rhs`, which agree. Bytes are
    extended with their sign unless said otherwise.
  }];
  let arguments = (ins Tile_Tile:$lhs, Tile_Tile:$rhs, Tile_Tile:$acc,
                       UnitAttr:$zeroExtendLhs, UnitAttr:$zeroExtendRhs);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "(`unsigned_lhs` $zeroExtendLhs^)? (`unsigned_rhs` $zeroExtendRhs^)? $lhs `,` $rhs `,` $acc attr-dict `:` type($lhs) `,` type($rhs) `,` type($acc)";
  let hasVerifier = 1;
}

#endif // FERRO_TILE_OPS
