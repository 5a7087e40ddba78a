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
  Region *body = state.addRegion();
  if (parser.parseRegion(*body, arguments))
    return failure();
  if (body->empty())
    return parser.emitError(parser.getNameLoc(), "an entry has a body");
  Block &block = body->front();
  if (block.empty() || !block.back().hasTrait<OpTrait::IsTerminator>()) {
    OpBuilder atEnd(parser.getContext()); // the region has no op yet
    atEnd.setInsertionPointToEnd(&block);
    ReturnOp::create(atEnd, state.location);
  }
  return success();
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

LogicalResult BlockIdOp::verify() {
  auto entry = (*this)->getParentOfType<EntryOp>();
  if (entry && entry.getGrid().size() != getNumResults()) // C1
    return emitOpError() << "has " << getNumResults()
                         << " results in a grid of " << entry.getGrid().size()
                         << " extents; there must be one each";
  return success();
}

//===----------------------------------------------------------------------===//
// load and store
//===----------------------------------------------------------------------===//

static LogicalResult verifyAccess(Operation *op, MemRefType view,
                                  size_t indices, RankedTensorType tile) {
  if (indices != size_t(view.getRank())) // C1
    return op->emitOpError()
           << "has " << indices << " indices into a view of rank "
           << view.getRank() << "; there must be one for each axis";
  if (tile.getRank() > view.getRank()) // C2
    return op->emitOpError()
           << "has a tile of rank " << tile.getRank() << " on a view of rank "
           << view.getRank() << "; the tile's rank is at most the view's";
  if (tile.getElementType() != view.getElementType()) // C3
    return op->emitOpError()
           << "has a tile of " << tile.getElementType() << " on a view of "
           << view.getElementType() << "; the element types must agree";
  return success();
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

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

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

OpFoldResult ConvertOp::fold(FoldAdaptor) {
  if (getSource().getType() == getType())
    return getSource();
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

LogicalResult MmaOp::verify() {
  RankedTensorType lhs = tileType(getLhs()), rhs = tileType(getRhs()),
                   acc = tileType(getAcc());
  bool matrices =
      lhs.getRank() == 2 && rhs.getRank() == 2 && acc.getRank() == 2;
  if (!matrices || lhs.getDimSize(1) != rhs.getDimSize(0) ||
      lhs.getDimSize(0) != acc.getDimSize(0) ||
      rhs.getDimSize(1) != acc.getDimSize(1)) // C1
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
