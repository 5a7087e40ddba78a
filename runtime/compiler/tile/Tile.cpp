#include "compiler/tile/Tile.h"

#include "mlir/IR/DialectImplementation.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace ferro::tile;

#include "TileDialect.cpp.inc"
#include "TileEnums.cpp.inc"

void TileDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "TileOps.cpp.inc"
      >();
}

Operation *TileDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                            Type type, Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  return elements ? ConstantOp::create(builder, loc, type, elements) : nullptr;
}

//===----------------------------------------------------------------------===//
// entry
//===----------------------------------------------------------------------===//

void EntryOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                    ArrayRef<int64_t> grid, ArrayRef<int64_t> buffers,
                    TypeRange views) {
  state.addAttribute("sym_name", builder.getStringAttr(name));
  state.addAttribute("grid", builder.getDenseI64ArrayAttr(grid));
  state.addAttribute("buffers", builder.getDenseI64ArrayAttr(buffers));
  Block &block = state.addRegion()->emplaceBlock();
  for (Type view : views)
    block.addArgument(view, state.location);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&block);
  ReturnOp::create(builder, state.location);
}

StringRef EntryOp::kernelName() { return getKernel().value_or(getSymName()); }

int64_t EntryOp::numBlocks() {
  int64_t blocks = 1;
  for (int64_t extent : getGrid())
    blocks *= extent;
  return blocks;
}

// The body of an entry or kernel, whose terminator is not written.
static ParseResult parseBody(OpAsmParser &parser, OperationState &state,
                             ArrayRef<OpAsmParser::Argument> arguments) {
  Region *body = state.addRegion();
  if (parser.parseRegion(*body, arguments))
    return failure();
  if (body->empty())
    return parser.emitError(parser.getNameLoc(), "a kernel has a body");
  Block &block = body->front();
  if (block.empty() || !block.back().hasTrait<OpTrait::IsTerminator>()) {
    OpBuilder atEnd(parser.getContext()); // the region has no op yet
    atEnd.setInsertionPointToEnd(&block);
    ReturnOp::create(atEnd, state.location);
  }
  return success();
}

// entry @name(%a: memref<4xf32>, ...) grid [1, 2] [attributes {...}] { ... }
ParseResult EntryOp::parse(OpAsmParser &parser, OperationState &state) {
  StringAttr name;
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<int64_t> grid;
  auto parseExtent = [&] { return parser.parseInteger(grid.emplace_back()); };
  if (parser.parseSymbolName(name, "sym_name", state.attributes) ||
      parser.parseArgumentList(arguments, OpAsmParser::Delimiter::Paren,
                               /*allowType=*/true) ||
      parser.parseKeyword("grid") ||
      parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Square,
                                     parseExtent) ||
      parser.parseOptionalAttrDictWithKeyword(state.attributes))
    return failure();
  Builder &builder = parser.getBuilder();
  state.addAttribute("grid", builder.getDenseI64ArrayAttr(grid));
  if (!state.attributes.get("buffers"))
    state.addAttribute("buffers",
                       builder.getDenseI64ArrayAttr(llvm::to_vector(
                           llvm::seq<int64_t>(0, arguments.size()))));
  return parseBody(parser, state, arguments);
}

static bool countsUp(ArrayRef<int64_t> numbers) {
  return llvm::equal(numbers, llvm::seq<int64_t>(0, numbers.size()));
}

void EntryOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << '(';
  llvm::interleaveComma(
      block().getArguments(), printer,
      [&](BlockArgument argument) { printer.printRegionArgument(argument); });
  printer << ") grid [";
  llvm::interleaveComma(getGrid(), printer);
  printer << ']';
  SmallVector<StringRef> elided{"sym_name", "grid"};
  if (countsUp(getBuffers()))
    elided.push_back("buffers");
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(), elided);
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false,
                      /*printBlockTerminators=*/false);
}

LogicalResult EntryOp::verify() {
  for (int64_t extent : getGrid()) // C1
    if (extent <= 0)
      return emitOpError() << "has a grid extent of " << extent
                           << "; it must be positive";
  if (getBuffers().size() != block().getNumArguments()) // C2
    return emitOpError() << "has " << block().getNumArguments()
                         << " arguments and " << getBuffers().size()
                         << " buffers; there must be one each";
  for (int64_t buffer : getBuffers()) // C2
    if (buffer < -1)
      return emitOpError() << "names buffer " << buffer
                           << "; -1 is the workspace, others count from 0";
  for (BlockArgument argument : block().getArguments()) { // C3
    auto view = dyn_cast<MemRefType>(argument.getType());
    if (!view || !view.hasStaticShape() || !view.isStrided())
      return emitOpError() << "has an argument of type " << argument.getType()
                           << "; arguments are statically shaped views";
  }
  return success();
}

//===----------------------------------------------------------------------===//
// kernel
//===----------------------------------------------------------------------===//

void KernelOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                     TypeRange arguments) {
  state.addAttribute("sym_name", builder.getStringAttr(name));
  Block &block = state.addRegion()->emplaceBlock();
  for (Type type : arguments)
    block.addArgument(type, state.location);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&block);
  ReturnOp::create(builder, state.location);
}

// kernel @name(%a: memref<?xf32>, %n: i32, ...) [attributes {...}] { ... }
ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &state) {
  StringAttr name;
  SmallVector<OpAsmParser::Argument> arguments;
  if (parser.parseSymbolName(name, "sym_name", state.attributes) ||
      parser.parseArgumentList(arguments, OpAsmParser::Delimiter::Paren,
                               /*allowType=*/true) ||
      parser.parseOptionalAttrDictWithKeyword(state.attributes))
    return failure();
  return parseBody(parser, state, arguments);
}

void KernelOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << '(';
  llvm::interleaveComma(
      block().getArguments(), printer,
      [&](BlockArgument argument) { printer.printRegionArgument(argument); });
  printer << ')';
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"sym_name"});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false,
                      /*printBlockTerminators=*/false);
}

SmallVector<std::int64_t> KernelOp::wordPlaces() {
  SmallVector<std::int64_t> places;
  std::int64_t end = 3 * 8;
  for (Type type : block().getArgumentTypes()) {
    places.push_back(end);
    auto view = dyn_cast<MemRefType>(type);
    end += view ? 16 * view.getRank() : 8;
  }
  if (auto given = getPlaces())
    places.assign(given->begin(), given->end());
  places.push_back(getWords() ? 8 * std::int64_t(*getWords()) : end);
  return places;
}

LogicalResult KernelOp::verify() {
  for (BlockArgument argument : block().getArguments()) { // C1
    auto view = dyn_cast<MemRefType>(argument.getType());
    if (view ? !view.isStrided() : !argument.getType().isIntOrFloat())
      return emitOpError() << "has an argument of type " << argument.getType()
                           << "; arguments are views or numbers";
  }
  if (getPlaces() && getPlaces()->size() != block().getNumArguments()) // C2
    return emitOpError() << "has " << block().getNumArguments()
                         << " arguments at " << getPlaces()->size()
                         << " places; there is one for each";
  return success();
}

LogicalResult BlockIdOp::verify() {
  auto entry = (*this)->getParentOfType<EntryOp>();
  std::size_t axes = entry ? entry.getGrid().size() : 3;
  if (axes != getNumResults()) // C1
    return emitOpError() << "has " << getNumResults()
                         << " results in a grid of " << axes
                         << " extents; there must be one each";
  return success();
}

//===----------------------------------------------------------------------===//
// load and store
//===----------------------------------------------------------------------===//

static LogicalResult verifyElements(Operation *op, MemRefType view,
                                    RankedTensorType tile) {
  if (tile.getElementType() == view.getElementType()) // C3
    return success();
  return op->emitOpError() << "has a tile of " << tile.getElementType()
                           << " on a view of " << view.getElementType()
                           << "; the element types must agree";
}

static LogicalResult verifyPlaces(Operation *op, MemRefType view, size_t places,
                                  StringRef what) {
  if (places == size_t(view.getRank())) // C1
    return success();
  return op->emitOpError() << "has " << places << " " << what
                           << " into a view of rank " << view.getRank()
                           << "; there must be one for each axis";
}

static LogicalResult verifyAccess(Operation *op, MemRefType view,
                                  size_t indices, RankedTensorType tile) {
  if (failed(verifyPlaces(op, view, indices, "indices")))
    return failure();
  if (tile.getRank() > view.getRank()) // C2
    return op->emitOpError()
           << "has a tile of rank " << tile.getRank() << " on a view of rank "
           << view.getRank() << "; the tile's rank is at most the view's";
  return verifyElements(op, view, tile);
}

LogicalResult LoadOp::verify() {
  return verifyAccess(*this, cast<MemRefType>(getView().getType()),
                      getIndices().size(),
                      cast<RankedTensorType>(getResult().getType()));
}

LogicalResult StoreOp::verify() {
  return verifyAccess(*this, cast<MemRefType>(getView().getType()),
                      getIndices().size(),
                      cast<RankedTensorType>(getTile().getType()));
}

LogicalResult PrintOp::verify() {
  if (getElements().size() != getValues().size()) // C1
    return emitOpError() << "has " << getValues().size() << " values of "
                         << getElements().size()
                         << " element types; there is one for each";
  return success();
}

static bool isPermutation(ArrayRef<int64_t> axes) {
  SmallVector<int64_t> sorted(axes);
  llvm::sort(sorted);
  return countsUp(sorted);
}

static LogicalResult verifyViewAccess(Operation *op, MemRefType view,
                                      size_t offsets, ArrayRef<int64_t> axes,
                                      RankedTensorType tile) {
  if (failed(verifyPlaces(op, view, offsets, "offsets")))
    return failure();
  if (tile.getRank() != view.getRank() ||
      axes.size() != size_t(view.getRank()) || !isPermutation(axes)) // C2
    return op->emitOpError()
           << "has a tile of rank " << tile.getRank() << " along axes [" << axes
           << "] of a view of rank " << view.getRank()
           << "; the ranks agree, and axes are permuted";
  return verifyElements(op, view, tile);
}

LogicalResult LoadViewOp::verify() {
  return verifyViewAccess(*this, cast<MemRefType>(getView().getType()),
                          getOffsets().size(), getAxes(),
                          tileType(getResult()));
}

LogicalResult StoreViewOp::verify() {
  return verifyViewAccess(*this, cast<MemRefType>(getView().getType()),
                          getOffsets().size(), getAxes(), tileType(getTile()));
}

//===----------------------------------------------------------------------===//
// Pointers
//===----------------------------------------------------------------------===//

// C1: everything that an access by address works on has one shape.
static LogicalResult verifyOneShape(Operation *op) {
  ArrayRef<int64_t> shape;
  bool isFirst = true;
  auto differs = [&](Value value) {
    auto tile = dyn_cast<RankedTensorType>(value.getType());
    if (!tile)
      return false;
    if (std::exchange(isFirst, false))
      shape = tile.getShape();
    return tile.getShape() != shape;
  };
  for (ValueRange values :
       {ValueRange(op->getOperands()), ValueRange(op->getResults())})
    for (Value value : values)
      if (differs(value))
        return op->emitOpError() << "has tiles of [" << shape << "] and "
                                 << value.getType() << "; shapes must agree";
  return success();
}

LogicalResult LoadPtrOp::verify() {
  if (failed(verifyOneShape(*this)))
    return failure();
  if (bool(getMask()) != bool(getPadding()) ||
      (getPadding() &&
       getPadding().getType() != tileType(getResult()).getElementType())) // C2
    return emitOpError() << "pads " << getType()
                         << "; where there is a mask there is a padding, which "
                            "is an element";
  return success();
}
LogicalResult StorePtrOp::verify() { return verifyOneShape(*this); }
LogicalResult AtomicCasOp::verify() { return verifyOneShape(*this); }

LogicalResult AtomicRmwOp::verify() {
  if (failed(verifyOneShape(*this)))
    return failure();
  bool isForFloats =
      getKind() == AtomicKind::Add || getKind() == AtomicKind::Exchange;
  if (isa<FloatType>(tileType(getValues()).getElementType()) &&
      (!isForFloats || getZeroExtend())) // C2
    return emitOpError() << "is of " << getValues().getType()
                         << "; floats are added and exchanged only";
  return success();
}

LogicalResult AddressOp::verify() {
  auto view = cast<MemRefType>(getView().getType());
  if (getIndices().size() != size_t(view.getRank()) ||
      llvm::any_of(getIndices(), [&](Value index) {
        return index.getType() != getType();
      })) // C1
    return emitOpError() << "has " << getIndices().size()
                         << " indices into a view of rank " << view.getRank()
                         << "; there is one for each axis, of the result's "
                            "shape";
  return success();
}

LogicalResult ViewOfOp::verify() {
  auto view = cast<MemRefType>(getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  auto unknown = [](ArrayRef<int64_t> numbers) {
    return size_t(llvm::count_if(numbers, ShapedType::isDynamic));
  };
  if (failed(view.getStridesAndOffset(strides, offset)) ||
      getExtents().size() != unknown(view.getShape()) ||
      getStrides().size() != unknown(strides)) // C1
    return emitOpError() << "gives " << getExtents().size() << " extents and "
                         << getStrides().size() << " strides to " << view
                         << "; there is one for each that the type does not "
                            "know";
  return success();
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

OpFoldResult ScalarToTileOp::fold(FoldAdaptor adaptor) {
  if (auto number = dyn_cast_if_present<TypedAttr>(adaptor.getSource()))
    return DenseElementsAttr::get(getType(), Attribute(number));
  if (auto tile = getSource().getDefiningOp<TileToScalarOp>())
    if (tile.getSource().getType() == getType())
      return tile.getSource();
  return {};
}

OpFoldResult TileToScalarOp::fold(FoldAdaptor adaptor) {
  if (auto splat = dyn_cast_if_present<SplatElementsAttr>(adaptor.getSource()))
    return splat.getSplatValue<Attribute>();
  Value source = getSource();
  for (;;) { // a tile of one element is what it was before
    Operation *op = source.getDefiningOp();
    if (!isa_and_nonnull<BroadcastOp, ReshapeOp, PermuteOp>(op) ||
        tileType(op->getOperand(0)).getNumElements() != 1)
      break;
    source = op->getOperand(0);
  }
  if (auto number = source.getDefiningOp<ScalarToTileOp>())
    return number.getSource();
  return {};
}

LogicalResult TileToScalarOp::verify() {
  if (tileType(getSource()).getNumElements() != 1) // C1
    return emitOpError() << "takes " << getSource().getType()
                         << "; the tile has one element";
  return success();
}

LogicalResult IotaOp::verify() {
  if (getType().getRank() != 1) // C1
    return emitOpError() << "makes " << getType() << "; the tile has one axis";
  return success();
}

LogicalResult PermuteOp::verify() {
  ArrayRef<int64_t> from = tileType(getSource()).getShape();
  ArrayRef<int64_t> to = getType().getShape();
  bool isRight = getAxes().size() == from.size() && to.size() == from.size() &&
                 isPermutation(getAxes());
  for (size_t i = 0; isRight && i < to.size(); ++i)
    isRight = to[i] == from[getAxes()[i]];
  if (!isRight) // C1
    return emitOpError() << "makes " << getType() << " of "
                         << getSource().getType() << " by [" << getAxes()
                         << "]; the extents follow a permutation";
  return success();
}

LogicalResult CatOp::verify() {
  SmallVector<int64_t> joined(tileType(getLhs()).getShape());
  ArrayRef<int64_t> rhs = tileType(getRhs()).getShape();
  size_t axis = getAxis();
  bool isRight = rhs.size() == joined.size() && axis < joined.size();
  for (size_t i = 0; isRight && i < rhs.size(); ++i)
    isRight = i == axis || rhs[i] == joined[i];
  if (isRight)
    joined[axis] += rhs[axis];
  if (!isRight || getType().getShape() != ArrayRef(joined)) // C1
    return emitOpError() << "makes " << getType() << " of "
                         << getLhs().getType() << " and " << getRhs().getType()
                         << " along axis " << getAxis()
                         << "; only there the extents may differ, and add up";
  return success();
}

static LogicalResult verifyPart(Operation *op, RankedTensorType whole,
                                RankedTensorType part, size_t indices) {
  bool isRight = whole.getElementType() == part.getElementType() &&
                 whole.getRank() == part.getRank() &&
                 indices == size_t(whole.getRank());
  for (int64_t i = 0; isRight && i < whole.getRank(); ++i)
    isRight = whole.getDimSize(i) % part.getDimSize(i) == 0;
  if (!isRight) // C1
    return op->emitOpError()
           << "has a part " << part << " of " << whole << " at " << indices
           << " indices; there is one index for each axis, and the part's "
              "extents divide the tile's";
  return success();
}

LogicalResult ExtractOp::verify() {
  return verifyPart(*this, tileType(getSource()), getType(),
                    getIndices().size());
}
LogicalResult InsertOp::verify() {
  return verifyPart(*this, tileType(getSource()), tileType(getPart()),
                    getIndices().size());
}

LogicalResult BitcastOp::verify() {
  if (tileType(getSource()).getElementTypeBitWidth() !=
      getType().getElementTypeBitWidth()) // C1
    return emitOpError() << "makes " << getType() << " of "
                         << getSource().getType() << "; the widths must agree";
  return success();
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

OpFoldResult BroadcastOp::fold(FoldAdaptor adaptor) {
  if (getSource().getType() == getType())
    return getSource();
  if (auto splat = dyn_cast_if_present<SplatElementsAttr>(adaptor.getSource()))
    return splat.resizeSplat(cast<ShapedType>(getType()));
  return {};
}

LogicalResult BroadcastOp::verify() {
  RankedTensorType source = tileType(getSource()),
                   result = tileType(getResult());
  if (source.getRank() != result.getRank()) // C1
    return emitOpError() << "goes from rank " << source.getRank() << " to rank "
                         << result.getRank() << "; the ranks must agree";
  for (auto [from, to] : llvm::zip_equal(source.getShape(), result.getShape()))
    if (from != 1 && from != to) // C2
      return emitOpError() << "takes extent " << from << " to " << to
                           << "; only an extent of 1 can be repeated";
  return success();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getSource().getType() == getType())
    return getSource();
  if (auto before = getSource().getDefiningOp<ReshapeOp>()) {
    if (before.getSource().getType() == getType())
      return before.getSource();
    getSourceMutable().assign(before.getSource());
    return getResult();
  }
  if (auto splat = dyn_cast_if_present<SplatElementsAttr>(adaptor.getSource()))
    return splat.resizeSplat(cast<ShapedType>(getType()));
  return {};
}

LogicalResult ReshapeOp::verify() {
  RankedTensorType source = tileType(getSource()),
                   result = tileType(getResult());
  if (source.getNumElements() != result.getNumElements()) // C1
    return emitOpError() << "goes from " << source.getNumElements()
                         << " elements to " << result.getNumElements()
                         << "; both shapes must have as many";
  return success();
}

// Widening and narrowing back changes nothing.
static bool isRoundTrip(ConvertOp narrow, ConvertOp widen) {
  if (!widen || widen.getSource().getType() != narrow.getType() ||
      narrow.getToOdd())
    return false;
  Type from = tileType(widen.getSource()).getElementType();
  Type via = tileType(widen.getResult()).getElementType();
  bool floats = isa<FloatType>(from) && isa<FloatType>(via);
  bool integers = isa<IntegerType>(from) && isa<IntegerType>(via);
  return (floats || integers) &&
         from.getIntOrFloatBitWidth() < via.getIntOrFloatBitWidth() &&
         !from.isInteger(1);
}

// A known number converted; null where that is left to the machine.
static Attribute converted(ConvertOp op, Attribute number) {
  Type to = op.getType().getElementType();
  Type from = tileType(op.getSource()).getElementType();
  auto isPlain = [](Type type) {
    return type.isF16() || type.isBF16() || type.isF32() || type.isF64() ||
           (type.isInteger() && !type.isInteger(4));
  };
  if (!isPlain(from) || !isPlain(to))
    return nullptr;
  if (auto integer = dyn_cast<IntegerAttr>(number)) {
    llvm::APInt value = integer.getValue();
    bool isUnsigned = op.getZeroExtend() || value.getBitWidth() == 1;
    if (auto type = dyn_cast<FloatType>(to)) {
      llvm::APFloat result(type.getFloatSemantics());
      result.convertFromAPInt(value, !isUnsigned,
                              llvm::APFloat::rmNearestTiesToEven);
      return FloatAttr::get(to, result);
    }
    if (to.isInteger(1))
      return IntegerAttr::get(to, !value.isZero());
    unsigned width = to.getIntOrFloatBitWidth();
    return IntegerAttr::get(to, isUnsigned ? value.zextOrTrunc(width)
                                           : value.sextOrTrunc(width));
  }
  auto type = dyn_cast<FloatType>(to);
  if (!type)
    return nullptr;
  llvm::APFloat value = cast<FloatAttr>(number).getValue();
  bool losesInfo;
  value.convert(type.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven,
                &losesInfo);
  return FloatAttr::get(to, value);
}

OpFoldResult ConvertOp::fold(FoldAdaptor adaptor) {
  if (getSource().getType() == getType())
    return getSource();
  if (auto splat = dyn_cast_if_present<SplatElementsAttr>(adaptor.getSource());
      splat && !getToOdd())
    if (Attribute number = converted(*this, splat.getSplatValue<Attribute>()))
      return SplatElementsAttr::get(getType(), number);
  auto widen = getSource().getDefiningOp<ConvertOp>();
  return isRoundTrip(*this, widen) ? widen.getSource() : Value();
}

LogicalResult ConvertOp::verify() {
  if (getToOdd() && !(tileType(getSource()).getElementType().isF64() &&
                      tileType(getResult()).getElementType().isF32())) // C2
    return emitOpError() << "rounds " << getSource().getType() << " to odd "
                         << getType() << "; only f64 is rounded to an odd f32";
  return success();
}

//===----------------------------------------------------------------------===//
// Directed roundings
//===----------------------------------------------------------------------===//

static size_t operandsOf(DirectedKind kind) {
  switch (kind) {
  case DirectedKind::Sqrt:
  case DirectedKind::Convert:
    return 1;
  case DirectedKind::Fma:
    return 3;
  default:
    return 2;
  }
}

LogicalResult DirectedOp::verify() {
  size_t expected = operandsOf(getKind());
  if (getSources().size() != expected) // C1
    return emitOpError() << "has " << getSources().size() << " operands; "
                         << stringifyDirectedKind(getKind()) << " takes "
                         << expected;
  Type element = tileType(getResult()).getElementType();
  bool isConversion = getKind() == DirectedKind::Convert;
  bool agrees = isConversion || llvm::all_of(getSources(), [&](Value source) {
                  return source.getType() == getType();
                });
  if (!isa<FloatType>(element) || !agrees) // C2
    return emitOpError() << "makes " << getType() << " of "
                         << getSources().getTypes()
                         << "; the result is of floats, and so are operands, "
                            "but of conversions";
  return success();
}

//===----------------------------------------------------------------------===//
// Reductions and products
//===----------------------------------------------------------------------===//

LogicalResult ReduceOp::verify() {
  RankedTensorType source = tileType(getSource());
  SmallVector<int64_t> expected(source.getShape());
  int64_t last = -1;
  for (int64_t axis : getAxes()) { // C1
    if (axis <= last || axis >= source.getRank())
      return emitOpError() << "has axis " << axis << " in rank "
                           << source.getRank()
                           << "; axes are ascending and inside the rank";
    expected[last = axis] = 1;
  }
  if (tileType(getResult()).getShape() != ArrayRef(expected)) // C2
    return emitOpError() << "makes " << getResult().getType() << " of "
                         << source
                         << "; reduced axes keep extent 1, the others stay";
  return success();
}

// The region of an op takes and yields numbers of these types.
static LogicalResult verifyRegion(Operation *op, TypeRange takes, Type yields) {
  Block &block = op->getRegion(0).front();
  auto yield = dyn_cast<YieldOp>(block.back());
  if (block.getArgumentTypes() != takes || !yield ||
      yield.getValue().getType() != yields) // C1
    return op->emitOpError()
           << "has a region that takes (" << block.getArgumentTypes()
           << "); it takes (" << takes << ") and yields " << yields;
  return success();
}

LogicalResult MapOp::verify() {
  SmallVector<Type> takes;
  for (Value source : getSources())
    takes.push_back(tileType(source).getElementType());
  if (failed(verifyOneShape(*this)))
    return failure();
  return verifyRegion(*this, takes, getType().getElementType());
}

LogicalResult ReduceByOp::verify() {
  RankedTensorType source = tileType(getSource());
  Type element = source.getElementType();
  if (getIdentity().getType() != element ||
      failed(verifyRegion(*this, {element, element}, element)))
    return failure();
  SmallVector<int64_t> expected(source.getShape());
  if (getAxis() < expected.size())
    expected[getAxis()] = 1;
  if (getAxis() >= expected.size() ||
      getType().getShape() != ArrayRef(expected)) // C2
    return emitOpError() << "makes " << getType() << " of " << source
                         << " along axis " << getAxis()
                         << "; that axis keeps extent 1, the others stay";
  return success();
}

LogicalResult ScanOp::verify() {
  Type element = getType().getElementType();
  if (getIdentity().getType() != element ||
      failed(verifyRegion(*this, {element, element}, element)))
    return failure();
  if (getAxis() >= size_t(getType().getRank())) // C2
    return emitOpError() << "goes along axis " << getAxis() << " of "
                         << getType() << "; the axis is inside the rank";
  return success();
}

// C1 of mma, for matrices or for batches of them.
static bool multiply(ArrayRef<int64_t> lhs, ArrayRef<int64_t> rhs,
                     ArrayRef<int64_t> acc) {
  if (lhs.size() == 3 && rhs.size() == 3 && acc.size() == 3)
    return lhs[0] == rhs[0] && lhs[0] == acc[0] &&
           multiply(lhs.drop_front(), rhs.drop_front(), acc.drop_front());
  return lhs.size() == 2 && rhs.size() == 2 && acc.size() == 2 &&
         lhs[1] == rhs[0] && lhs[0] == acc[0] && rhs[1] == acc[1];
}

LogicalResult MmaOp::verify() {
  RankedTensorType lhs = tileType(getLhs()), rhs = tileType(getRhs()),
                   acc = tileType(getAcc());
  if (!multiply(lhs.getShape(), rhs.getShape(), acc.getShape())) // C1
    return emitOpError() << "multiplies " << lhs << " by " << rhs << " into "
                         << acc << "; MxK times KxN gives MxN";
  Type element = lhs.getElementType();
  if (element != rhs.getElementType() ||
      acc.getElementTypeBitWidth() < element.getIntOrFloatBitWidth()) // C2
    return emitOpError() << "accumulates " << element << " times "
                         << rhs.getElementType() << " in "
                         << acc.getElementType()
                         << "; operands agree and are not wider";
  return success();
}

#define GET_OP_CLASSES
#include "TileOps.cpp.inc"
