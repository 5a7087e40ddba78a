// The operations of the language as ops of the dialect; TileOps.def lists them.
#include "compiler/importer/Importer.h"

#include "clang/AST/DeclTemplate.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"

using namespace clang;
using namespace ferro::importer;
using mlir::Value;
namespace arith = mlir::arith;
namespace tile = ferro::tile;

namespace ferro::importer {

// What the tags of an access say; cutile::Access.
struct AccessModes {
  tile::Padding padding = tile::Padding::Zero;
  bool isChecked = true;
};

struct Operations {
  Importer &in;
  const Importer::Operation &op;

  using Handler = void (Operations::*)();

  //===--- what the call says

  Object *arg(unsigned i) const {
    if (i >= op.arguments.size())
      in.refuse(op.at, "an argument is missing");
    return op.arguments[i];
  }
  Value value(unsigned i) const { return in.read(arg(i), op.at); }
  mlir::RankedTensorType typeOf(Value value) const {
    return cast<mlir::RankedTensorType>(value.getType());
  }
  // The result, which may stand beside a token.
  Object *result() const {
    Object *object = op.result;
    if (object && instanceOf(object->type, "cutile::Tokened"))
      object = object->parts[0];
    return object;
  }
  mlir::RankedTensorType resultType() const {
    auto type = dyn_cast_or_null<mlir::RankedTensorType>(
        in.types.leafOf(result()->type));
    if (!type)
      in.refuse(op.at, "tiles of type '" + result()->type.getAsString() +
                           "' are not compiled yet");
    return type;
  }
  void set(Value value) const {
    if (Object *object = result())
      object->value = value;
  }

  // The element type of a tile or of a partition as C++ has it.
  QualType elementType(unsigned i) const {
    const auto *record = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
        arg(i)->type->getAsCXXRecordDecl());
    return record ? record->getTemplateArgs()[0].getAsType() : arg(i)->type;
  }
  bool isUnsigned(unsigned i) const {
    QualType type = elementType(i);
    return type->isUnsignedIntegerType() || type->isBooleanType();
  }

  // The value of the argument that is a Mode<V> with V of \p enumeration.
  std::optional<std::int64_t> mode(StringRef enumeration) const {
    for (Object *each : op.arguments)
      if (const auto *tag = instanceOf(each->type, "cutile::Mode")) {
        const TemplateArgument &value = tag->getTemplateArgs()[0];
        if (value.getKind() == TemplateArgument::Integral &&
            nameOf(value.getIntegralType()) == enumeration)
          return value.getAsIntegral().getExtValue();
      }
    return std::nullopt;
  }
  static std::string nameOf(QualType type) {
    const auto *tag = type->getAsTagDecl();
    return tag ? tag->getQualifiedNameAsString() : "";
  }
  AccessModes access() const {
    AccessModes modes;
    for (Object *each : op.arguments)
      if (const auto *tag = instanceOf(each->type, "cutile::Mode")) {
        const TemplateArgument &value = tag->getTemplateArgs()[0];
        const APValue *fields = nullptr;
        if (value.getKind() == TemplateArgument::StructuralValue)
          fields = &value.getAsStructuralValue();
        else if (value.getKind() == TemplateArgument::Declaration)
          if (const auto *object =
                  dyn_cast<TemplateParamObjectDecl>(value.getAsDecl()))
            fields = &object->getValue();
        if (!fields || !fields->isStruct() || fields->getStructNumFields() != 6)
          continue;
        modes.padding = static_cast<tile::Padding>(
            fields->getStructField(0).getInt().getExtValue());
        modes.isChecked = fields->getStructField(5).getInt().getBoolValue();
      }
    modes.isChecked &= !in.isUnchecked;
    return modes;
  }
  // Template arguments of the function that are numbers, of the pack or
  // parameter \p i.
  llvm::SmallVector<std::int64_t> generic(unsigned i) const {
    llvm::SmallVector<std::int64_t> numbers;
    const TemplateArgument &argument =
        op.function->getTemplateSpecializationArgs()->get(i);
    if (argument.getKind() == TemplateArgument::Integral)
      numbers.push_back(argument.getAsIntegral().getExtValue());
    else if (argument.getKind() == TemplateArgument::Pack)
      for (const TemplateArgument &each : argument.pack_elements())
        numbers.push_back(each.getAsIntegral().getExtValue());
    return numbers;
  }

  //===--- building

  template <typename Op, typename... Args> Value emit(Args &&...args) const {
    return in.emit<Op>(std::forward<Args>(args)...);
  }
  Value splat(mlir::RankedTensorType type, Value number) const {
    Value tile = emit<tile::ScalarToTileOp>(
        mlir::RankedTensorType::get({}, number.getType()), number);
    if (type.getRank() == 0)
      return tile;
    llvm::SmallVector<std::int64_t> ones(type.getRank(), 1);
    tile = emit<tile::ReshapeOp>(type.clone(ones), tile);
    return emit<tile::BroadcastOp>(type, tile);
  }
  Value splatInteger(mlir::RankedTensorType type, std::int64_t number) const {
    return splat(type, in.integer(type.getElementType(), number));
  }
  mlir::RankedTensorType ofElement(mlir::RankedTensorType type,
                                   mlir::Type element) const {
    return mlir::RankedTensorType::get(type.getShape(), element);
  }
  mlir::Type i64() const { return in.builder.getI64Type(); }
  mlir::Type i1() const { return in.builder.getI1Type(); }

  Value byName(StringRef name, mlir::Type type,
               llvm::ArrayRef<Value> operands) const {
    mlir::OperationState state(in.here, name, operands, {type}, {});
    return in.builder.create(state)->getResult(0);
  }

  Value allOf(Value mask) const {
    auto type = typeOf(mask);
    if (type.getRank() > 1)
      mask = emit<tile::ReshapeOp>(type.clone({type.getNumElements()}), mask);
    if (type.getNumElements() > 1)
      mask = emit<tile::ReduceOp>(mlir::RankedTensorType::get({1}, i1()),
                                  tile::ReduceKind::And, mask,
                                  in.builder.getDenseI64ArrayAttr({0}));
    return emit<tile::TileToScalarOp>(i1(), mask);
  }

  void check(Value holds, StringRef code, const std::string &text,
             llvm::ArrayRef<Value> values) const {
    if (Importer::known(holds) == 1)
      return;
    tile::CheckOp::create(in.builder, in.here, holds, code, text, values);
  }

  // 0 <= index < count, both i64.
  void checkIndex(const std::string &subject, unsigned axis, Value index,
                  Value count, Value extent, const std::string &space) const {
    Value holds = emit<arith::CmpIOp>(arith::CmpIPredicate::ult, index, count);
    check(holds, "IndexOutOfBounds",
          subject + ": index {0} on axis " + std::to_string(axis) +
              " is outside of {1} " + space,
          {index, count, extent});
  }

  //===--- element by element

  Value flushed(Value x) const {
    auto type = typeOf(x);
    Value least = splat(type, in.number(type.getElementType(), 0x1p-126));
    Value isSmall =
        emit<tile::CmpFOp>(ofElement(type, i1()), tile::Predicate::Less,
                           emit<tile::AbsFOp>(type, x), least);
    Value zero = splat(type, in.number(type.getElementType(), 0));
    Value signedZero = emit<tile::CopySignOp>(type, zero, x);
    return emit<tile::SelectOp>(type, isSmall, signedZero, x);
  }

  void named(StringRef name) {
    bool flushes = mode("cutile::Subnormals") == 1;
    llvm::SmallVector<Value> operands;
    for (Object *each : op.arguments)
      if (each->kind == ObjectKind::Leaf &&
          isa<mlir::RankedTensorType>(in.types.leafOf(each->type)))
        operands.push_back(flushes ? flushed(in.read(each, op.at))
                                   : in.read(each, op.at));
    auto direction = this->direction();
    Value value = direction
                      ? emit<tile::DirectedOp>(resultType(), directedKind(name),
                                               *direction,
                                               /*zeroExtend=*/false, operands)
                      : byName(name, resultType(), operands);
    set(flushes ? flushed(value) : value);
  }

  // The rounding, if it is to one side; cutile::Rounding has the numbers.
  std::optional<tile::Direction> direction() const {
    auto rounding = mode("cutile::Rounding");
    return rounding
               ? tile::symbolizeDirection(static_cast<std::uint32_t>(*rounding))
               : std::nullopt;
  }
  static tile::DirectedKind directedKind(StringRef name) {
    using K = tile::DirectedKind;
    return llvm::StringSwitch<K>(name)
        .Case("tile.addf", K::Add)
        .Case("tile.subf", K::Sub)
        .Case("tile.mulf", K::Mul)
        .Case("tile.divf", K::Div)
        .Case("tile.sqrt", K::Sqrt)
        .Default(K::Fma);
  }

  void bySign(StringRef forSigned, StringRef forUnsigned) {
    named(isUnsigned(0) ? forUnsigned : forSigned);
  }

  void divi() {
    switch (mode("cutile::IntegerRounding").value_or(0)) {
    case 0:
      return bySign("tile.divi", "tile.divui");
    case 1:
      return bySign("tile.floordivi", "tile.divui");
    default:
      return bySign("tile.ceildivi", "tile.ceildivui");
    }
  }
  void remi() { bySign("tile.remi", "tile.remui"); }
  void maxi() { bySign("tile.maxi", "tile.maxui"); }
  void mini() { bySign("tile.mini", "tile.minui"); }
  void shri() { bySign("tile.shrsi", "tile.shrui"); }
  void maxf() {
    named(mode("cutile::NanMode") == 1 ? "tile.maximumf" : "tile.maxnumf");
  }
  void minf() {
    named(mode("cutile::NanMode") == 1 ? "tile.minimumf" : "tile.minnumf");
  }
  void negi() {
    set(emit<tile::SubIOp>(resultType(), splatInteger(resultType(), 0),
                           value(0)));
  }
  void absi() {
    Value x = value(0), zero = splatInteger(resultType(), 0);
    Value isNegative = emit<tile::CmpIOp>(ofElement(resultType(), i1()),
                                          tile::Predicate::Less, x, zero);
    Value negated = emit<tile::SubIOp>(resultType(), zero, x);
    set(emit<tile::SelectOp>(resultType(), isNegative, negated, x));
  }

  tile::Predicate predicate() const {
    return static_cast<tile::Predicate>(mode("cutile::Predicate").value_or(0));
  }
  void cmpi() {
    if (isUnsigned(0))
      set(emit<tile::CmpUIOp>(resultType(), predicate(), value(0), value(1)));
    else
      set(emit<tile::CmpIOp>(resultType(), predicate(), value(0), value(1)));
  }
  Value isOrdered(Value a, Value b) const {
    auto type = ofElement(typeOf(a), i1());
    auto equals = [&](Value x) {
      return emit<tile::CmpFOp>(type, tile::Predicate::Equal, x, x);
    };
    return emit<tile::AndIOp>(type, equals(a), equals(b));
  }
  Value notOf(Value mask) const {
    return emit<tile::XOrIOp>(typeOf(mask), mask,
                              splatInteger(typeOf(mask), 1));
  }
  // tile.cmpf with a NaN: not_equal holds, the others do not.
  void cmpf() {
    Value a = value(0), b = value(1);
    bool isUnordered = mode("cutile::NanOrdering") == 1;
    bool differs = predicate() == tile::Predicate::NotEqual;
    Value holds = emit<tile::CmpFOp>(resultType(), predicate(), a, b);
    if (isUnordered && !differs)
      holds = emit<tile::OrIOp>(resultType(), holds, notOf(isOrdered(a, b)));
    else if (!isUnordered && differs)
      holds = emit<tile::AndIOp>(resultType(), holds, isOrdered(a, b));
    set(holds);
  }
  Value magnitudeTo(tile::Predicate predicate) const {
    Value x = value(0);
    auto type = typeOf(x);
    Value infinity =
        splat(type, in.number(type.getElementType(),
                              std::numeric_limits<double>::infinity()));
    return emit<tile::CmpFOp>(resultType(), predicate,
                              emit<tile::AbsFOp>(type, x), infinity);
  }
  void isNan() {
    set(emit<tile::CmpFOp>(resultType(), tile::Predicate::NotEqual, value(0),
                           value(0)));
  }
  void isInf() { set(magnitudeTo(tile::Predicate::Equal)); }
  void isFinite() { set(magnitudeTo(tile::Predicate::Less)); }

  void convert(bool isUnsigned) {
    auto direction = this->direction();
    bool isScale = isa<mlir::Float8E8M0FNUType>(resultType().getElementType());
    if (direction && op.name != "ftoi" && !isScale)
      return set(emit<tile::DirectedOp>(resultType(),
                                        tile::DirectedKind::Convert, *direction,
                                        isUnsigned, value(0)));
    set(emit<tile::ConvertOp>(resultType(), value(0), isUnsigned, false,
                              isScale &&
                                  direction == tile::Direction::TowardZero));
  }
  void fromInteger() { convert(isUnsigned(0)); }
  void toInteger() {
    const auto *tile = instanceOf(result()->type, "cutile::Tile");
    convert(tile->getTemplateArgs()[0].getAsType()->isUnsignedIntegerType());
  }
  void plainConvert() { convert(false); }
  void bitcast() { set(emit<tile::BitcastOp>(resultType(), value(0))); }

  // [..., N] as [..., N / by, by] or [..., N, 1].
  static mlir::RankedTensorType split(mlir::RankedTensorType type,
                                      std::int64_t by) {
    llvm::SmallVector<std::int64_t> shape(type.getShape());
    shape.back() /= by;
    shape.push_back(by);
    return type.clone(shape);
  }
  // 0, width, 2 width, ... along the last axis of \p type.
  Value shifts(mlir::RankedTensorType type, std::int64_t width) const {
    auto line = type.clone({type.getShape().back()});
    Value counted = emit<tile::MulIOp>(line, emit<tile::IotaOp>(line),
                                       splatInteger(line, width));
    return along(type, type.getRank() - 1, counted);
  }
  // The fields of \p width bits of each word, the lowest first, as words of \p
  // bits along the last axis.
  Value fields(Value words, std::int64_t width, unsigned bits) const {
    auto type = typeOf(words);
    std::int64_t count = type.getElementTypeBitWidth() / width;
    auto single = split(type, 1);
    llvm::SmallVector<std::int64_t> shape(single.getShape());
    shape.back() = count;
    auto wide = type.clone(shape);
    words = emit<tile::BroadcastOp>(wide, emit<tile::ReshapeOp>(single, words));
    words = emit<tile::ShRUIOp>(wide, words, shifts(wide, width));
    auto part = ofElement(wide, in.builder.getIntegerType(bits));
    words = emit<tile::ConvertOp>(part, words, true, false, false);
    shape.pop_back();
    shape.back() *= count;
    return emit<tile::ReshapeOp>(part.clone(shape), words);
  }
  // Words of \p bits from \p count fields of \p width bits that follow each
  // other.
  Value joined(Value parts, std::int64_t width, std::int64_t count,
               unsigned bits) const {
    auto type = split(typeOf(parts), count);
    auto wide = ofElement(type, in.builder.getIntegerType(bits));
    parts = emit<tile::ConvertOp>(wide, emit<tile::ReshapeOp>(type, parts),
                                  true, false, false);
    parts = emit<tile::ShLIOp>(wide, parts, shifts(wide, width));
    llvm::SmallVector<std::int64_t> shape(wide.getShape());
    shape.back() = 1;
    parts = emit<tile::ReduceOp>(
        wide.clone(shape), tile::ReduceKind::Or, parts,
        in.builder.getDenseI64ArrayAttr({wide.getRank() - 1}));
    shape.pop_back();
    return emit<tile::ReshapeOp>(wide.clone(shape), parts);
  }
  mlir::RankedTensorType asWords(mlir::RankedTensorType type) const {
    return ofElement(type, in.builder.getIntegerType(bitsOf(type)));
  }
  // In memory: tf32 are f32 without their low bits.
  static unsigned bitsOf(mlir::RankedTensorType type) {
    return isa<mlir::FloatTF32Type>(type.getElementType())
               ? 32
               : type.getElementTypeBitWidth();
  }
  void pack() {
    Value x = value(0);
    auto type = typeOf(x);
    unsigned bits = bitsOf(type);
    Value words = bits == 4
                      ? emit<tile::BitcastOp>(
                            ofElement(type, in.builder.getIntegerType(4)), x)
                      : emit<tile::BitcastOp>(asWords(type), x);
    set(emit<tile::BitcastOp>(resultType(), bits == 4 ? joined(words, 4, 2, 8)
                                                      : fields(words, 8, 8)));
  }
  void unpack() {
    auto type = resultType();
    unsigned bits = bitsOf(type);
    Value bytes = value(0);
    bytes = emit<tile::BitcastOp>(
        ofElement(typeOf(bytes), in.builder.getI8Type()), bytes);
    Value words =
        bits == 4 ? fields(bytes, 4, 4) : joined(bytes, 8, bits / 8, bits);
    set(emit<tile::BitcastOp>(type, words));
  }

  //===--- shapes

  void scalarToTile() {
    set(emit<tile::ScalarToTileOp>(resultType(), value(0)));
  }
  void tileToScalar() {
    set(emit<tile::TileToScalarOp>(typeOf(value(0)).getElementType(),
                                   value(0)));
  }
  void iota() { set(emit<tile::IotaOp>(resultType())); }
  void broadcast() {
    Value x = value(0);
    auto from = typeOf(x), to = resultType();
    if (from.getRank() != to.getRank()) {
      llvm::SmallVector<std::int64_t> shape(to.getRank() - from.getRank(), 1);
      llvm::append_range(shape, from.getShape());
      x = emit<tile::ReshapeOp>(from.clone(shape), x);
    }
    set(emit<tile::BroadcastOp>(to, x));
  }
  void reshape() { set(emit<tile::ReshapeOp>(resultType(), value(0))); }
  void permute() {
    set(emit<tile::PermuteOp>(resultType(), value(0),
                              in.builder.getDenseI64ArrayAttr(generic(0))));
  }
  void cat() {
    set(emit<tile::CatOp>(resultType(), value(0), value(1),
                          in.builder.getI64IntegerAttr(generic(0)[0])));
  }
  llvm::SmallVector<Value> partIndices(mlir::RankedTensorType whole,
                                       mlir::RankedTensorType part,
                                       unsigned first) const {
    llvm::SmallVector<Value> indices;
    for (std::int64_t axis = 0; axis < whole.getRank(); ++axis) {
      Value index = value(first + axis);
      std::int64_t count = whole.getDimSize(axis) / part.getDimSize(axis);
      Value holds = emit<arith::CmpIOp>(arith::CmpIPredicate::ult, index,
                                        in.integer(i64(), count));
      check(holds, "IndexOutOfBounds",
            op.name.str() + ": index {0} on axis " + std::to_string(axis) +
                ", which has " + std::to_string(count) + " sub-tiles",
            {index});
      indices.push_back(in.toIndex(index));
    }
    return indices;
  }
  void extract() {
    Value x = value(0);
    set(emit<tile::ExtractOp>(resultType(), x,
                              partIndices(typeOf(x), resultType(), 1)));
  }
  void insert() {
    Value x = value(0), part = value(1);
    set(emit<tile::InsertOp>(resultType(), x, part,
                             partIndices(typeOf(x), typeOf(part), 2)));
  }

  //===--- the grid

  void setBlock(llvm::ArrayRef<Value> places) {
    for (auto [part, place] : llvm::zip_equal(op.result->parts, places))
      part->value = in.emit<arith::IndexCastOp>(in.builder.getI32Type(), place);
  }
  void blockId() { setBlock(in.ids); }
  void numBlocks() {
    mlir::OpBuilder::InsertionGuard guard(in.builder);
    in.builder.setInsertionPointAfter(in.ids[0].getDefiningOp());
    auto counts = tile::NumBlocksOp::create(in.builder, in.here);
    setBlock({counts.getX(), counts.getY(), counts.getZ()});
  }

  //===--- views

  const ViewInfo &view(unsigned i) const {
    if (!arg(i)->view)
      in.refuse(op.at, "this view is not known");
    return *arg(i)->view;
  }
  void sameView() { op.result->view = view(0); }
  void wholeTensor() {
    ViewInfo info = view(0);
    info.elements = info.tensor;
    info.extents = in.extentsOfTensor(info.tensor);
    op.result->view = info;
  }
  void makeTensorView() {
    Value address = value(0);
    const auto *type = cast<ClassTemplateSpecializationDecl>(
        op.result->type->getAsCXXRecordDecl());
    auto shape = integersOf(type, 1);
    auto extents = coordinate(2, shape.size());
    ViewInfo info;
    info.name = "the view";
    llvm::SmallVector<Value> unknown, strides;
    llvm::SmallVector<std::int64_t> sizes,
        open(shape.size(), mlir::ShapedType::kDynamic);
    for (auto [axis, extent] : llvm::enumerate(shape)) {
      bool isKnown = extent > 0;
      sizes.push_back(isKnown ? extent : mlir::ShapedType::kDynamic);
      info.extents.push_back(isKnown ? in.integer(i64(), extent)
                                     : extents[axis]);
      if (isKnown)
        check(emit<arith::CmpIOp>(arith::CmpIPredicate::eq, extents[axis],
                                  in.integer(i64(), extent)),
              "ShapeMismatch",
              "make_tensor_view: extent {0} on axis " + std::to_string(axis) +
                  ", the type says " + std::to_string(extent),
              {extents[axis]});
      else
        unknown.push_back(in.toIndex(extents[axis]));
    }
    for (Value stride : coordinate(3, shape.size()))
      strides.push_back(in.toIndex(stride));
    auto memory = mlir::MemRefType::get(
        sizes, in.types.elementOf(type->getTemplateArgs()[0].getAsType()),
        mlir::StridedLayoutAttr::get(in.builder.getContext(), 0, open));
    info.elements = info.tensor = tile::ViewOfOp::create(
        in.builder, in.here, memory, address, unknown, strides);
    op.result->view = info;
  }
  void getGlobal() {
    mlir::OpBuilder::InsertionGuard guard(in.builder);
    in.builder.setInsertionPointAfter(in.ids[0].getDefiningOp());
    set(emit<tile::ScalarToTileOp>(
        resultType(),
        tile::GlobalOp::create(in.builder, in.here, i64(), arg(0)->text)));
  }
  void setCoordinate(Object *object, llvm::ArrayRef<Value> values) const {
    Object *axes = object->parts[0];
    for (auto [i, each] : llvm::enumerate(values))
      axes->parts[i]->value = each;
  }
  llvm::SmallVector<Value> coordinate(unsigned i, std::size_t rank) const {
    Object *object = arg(i);
    while (object->kind == ObjectKind::Record && !object->parts.empty())
      object = object->parts[0]; // a PartitionIndex holds a Coord
    llvm::SmallVector<Value> values;
    for (std::size_t axis = 0; axis < rank; ++axis)
      values.push_back(in.read(object->parts[axis], op.at));
    return values;
  }
  void tensorShape() {
    const ViewInfo &info = view(0);
    setCoordinate(op.result, info.extents);
  }

  // How a partition divides its view.
  struct Division {
    llvm::SmallVector<std::int64_t> tile, steps, axes;
  };
  Division division(unsigned i) const {
    const auto *type = cast<ClassTemplateSpecializationDecl>(
        arg(i)->type->getAsCXXRecordDecl());
    auto shape = [&](unsigned at, StringRef name) {
      return integersOf(
          instanceOf(type->getTemplateArgs()[at].getAsType(), name));
    };
    Division result;
    bool isMapped = type->getName() == "MappedPartitionMut";
    result.tile = result.steps = shape(isMapped ? 1 : 2, "cutile::TileShape");
    if (type->getName() == "Partition") {
      result.steps = shape(3, "cutile::TileShape");
      result.axes = shape(5, "cutile::Axes");
    } else {
      result.axes =
          llvm::to_vector(llvm::seq<std::int64_t>(0, result.tile.size()));
    }
    return result;
  }
  llvm::SmallVector<Value> tileCounts(unsigned i) const {
    const ViewInfo &info = view(i);
    Division parts = division(i);
    llvm::SmallVector<Value> counts;
    for (auto [axis, step] : llvm::enumerate(parts.steps))
      counts.push_back(emit<arith::CeilDivUIOp>(info.extents[parts.axes[axis]],
                                                in.integer(i64(), step)));
    return counts;
  }
  void indexSpaceShape() { setCoordinate(op.result, tileCounts(0)); }

  // The element index at which a tile of a partition begins, along each axis of
  // the view.
  llvm::SmallVector<Value> tileOffsets(const char *verb, unsigned partition,
                                       unsigned index) const {
    const ViewInfo &info = view(partition);
    Division parts = division(partition);
    auto at = coordinate(index, parts.tile.size());
    if (access().isChecked) {
      auto counts = tileCounts(partition);
      for (auto [axis, count] : llvm::enumerate(counts))
        checkIndex(std::string(verb) + " " + info.name, axis, at[axis], count,
                   info.extents[parts.axes[axis]],
                   "tiles of " + std::to_string(parts.tile[axis]) +
                       " (extent {2})");
    }
    llvm::SmallVector<Value> offsets(at.size());
    for (auto [axis, each] : llvm::enumerate(at))
      offsets[parts.axes[axis]] = in.toIndex(
          emit<arith::MulIOp>(each, in.integer(i64(), parts.steps[axis])));
    return offsets;
  }
  Value loadAt(Value elements, llvm::ArrayRef<Value> offsets,
               llvm::ArrayRef<std::int64_t> axes) const {
    return tile::LoadViewOp::create(
        in.builder, in.here, resultType(), elements, offsets,
        in.builder.getDenseI64ArrayAttr(axes), access().padding);
  }
  void loadView() {
    auto offsets = tileOffsets("load of", 0, 1);
    set(loadAt(view(0).elements, offsets, division(0).axes));
  }
  void storeView() {
    auto offsets = tileOffsets("store to", 0, 2);
    tile::StoreViewOp::create(
        in.builder, in.here, value(1), view(0).elements, offsets,
        in.builder.getDenseI64ArrayAttr(division(0).axes));
  }
  void loadMapped() { loadView(); }
  void storeMapped() { storeView(); }
  llvm::SmallVector<std::int64_t> straight(std::size_t rank) const {
    return llvm::to_vector(llvm::seq<std::int64_t>(0, rank));
  }
  void loadWindow() {
    const ViewInfo &info = view(0);
    auto at = coordinate(2, info.extents.size());
    auto shape = resultType().getShape();
    llvm::SmallVector<Value> offsets;
    for (auto [axis, each] : llvm::enumerate(at)) {
      if (!access().isChecked && !in.isUnchecked) {
        Value last = emit<arith::SubIOp>(info.extents[axis],
                                         in.integer(i64(), shape[axis] - 1));
        checkIndex("unchecked window of " + info.name, axis, each, last,
                   info.extents[axis], "offsets at which the tile fits");
      }
      offsets.push_back(in.toIndex(each));
    }
    set(loadAt(info.elements, offsets, straight(at.size())));
  }
  void equalGrids() {
    auto counts = tileCounts(0), others = tileCounts(1);
    for (auto [axis, count] : llvm::enumerate(counts))
      check(emit<arith::CmpIOp>(arith::CmpIPredicate::eq, count, others[axis]),
            "ShapeMismatch",
            "iter_indices_with of " + view(0).name + ": {0} tiles on axis " +
                std::to_string(axis) + ", " + view(1).name + " has {1}",
            {count, others[axis]});
  }
  void tileRanges() {
    auto tiles = tileCounts(0);
    auto starts = coordinate(1, tiles.size()),
         counts = coordinate(2, tiles.size());
    for (auto [axis, all] : llvm::enumerate(tiles)) {
      using P = arith::CmpIPredicate;
      Value left = emit<arith::SubIOp>(all, starts[axis]);
      Value holds =
          emit<arith::AndIOp>(emit<arith::CmpIOp>(P::ule, starts[axis], all),
                              emit<arith::CmpIOp>(P::ule, counts[axis], left));
      check(holds, "IndexOutOfBounds",
            "iter_indices_within of " + view(0).name +
                ": {0} tiles from {1} on axis " + std::to_string(axis) +
                ", there are {2}",
            {counts[axis], starts[axis], all});
    }
  }

  //===--- pointers

  Value mask(unsigned i) const {
    return i < op.arguments.size() && arg(i)->kind == ObjectKind::Leaf
               ? value(i)
               : Value();
  }
  std::int64_t pointeeBytes(QualType pointer) const {
    return in.ast.getTypeSizeInChars(pointer->getPointeeType()).getQuantity();
  }
  std::int64_t pointeeBytes(unsigned i) const {
    const auto *tile = instanceOf(arg(i)->type, "cutile::PointerTile");
    return pointeeBytes(tile->getTemplateArgs()[0].getAsType());
  }
  Value wide(Value tile, bool isUnsigned) const {
    auto type = typeOf(tile);
    return type.getElementType().isInteger(64)
               ? tile
               : emit<tile::ConvertOp>(ofElement(type, i64()), tile, isUnsigned,
                                       false, false);
  }
  Value scaled(Value tile, std::int64_t by) const {
    auto type = typeOf(tile);
    return by == 1 ? tile
                   : emit<tile::MulIOp>(type, tile, splatInteger(type, by));
  }
  void addPtr() {
    Value pointers = value(0);
    Value offset = in.convert(value(1), arg(1)->type, in.ast.LongTy, op.at);
    Value bytes =
        emit<arith::MulIOp>(offset, in.integer(i64(), pointeeBytes(0)));
    set(emit<tile::AddIOp>(typeOf(pointers), pointers,
                           splat(typeOf(pointers), bytes)));
  }
  void addPtrTile() {
    Value pointers = value(0);
    Value offsets = scaled(wide(value(1), isUnsigned(1)), pointeeBytes(0));
    set(emit<tile::AddIOp>(typeOf(pointers), pointers, offsets));
  }
  void same() { set(value(0)); }
  void loadPtr() {
    Value where = mask(1);
    Value padding = where ? in.read(arg(2), op.at) : Value();
    set(tile::LoadPtrOp::create(in.builder, in.here, resultType(), value(0),
                                where, padding));
  }
  void storePtr() {
    tile::StorePtrOp::create(in.builder, in.here, value(1), value(0), mask(2));
  }

  // Index tiles of an access by index, i64 and of one shape.
  llvm::SmallVector<Value> indexTiles(unsigned first,
                                      mlir::RankedTensorType shape) const {
    auto type = ofElement(shape, i64());
    llvm::SmallVector<Value> tiles;
    for (unsigned i = first; i < op.arguments.size(); ++i) {
      Value index = value(i);
      if (!isa<mlir::RankedTensorType>(index.getType())) {
        index = in.convert(index, arg(i)->type, in.ast.LongTy, op.at);
        tiles.push_back(splat(type, index));
        continue;
      }
      index = wide(index, isUnsigned(i));
      auto from = typeOf(index);
      llvm::SmallVector<std::int64_t> padded(type.getRank() - from.getRank(),
                                             1);
      llvm::append_range(padded, from.getShape());
      index = emit<tile::ReshapeOp>(from.clone(padded), index);
      tiles.push_back(emit<tile::BroadcastOp>(type, index));
    }
    return tiles;
  }
  // Each index of a tile lies below an extent.
  void checkTile(const std::string &subject, unsigned axis, Value index,
                 Value extent) const {
    auto type = typeOf(index);
    Value inside =
        emit<tile::CmpUIOp>(ofElement(type, i1()), tile::Predicate::Less, index,
                            splat(type, extent));
    // Some index that is outside, for the message.
    Value none = splatInteger(type, std::numeric_limits<std::int64_t>::min());
    Value bad = emit<tile::SelectOp>(type, inside, none, index);
    if (type.getRank() != 1)
      bad = emit<tile::ReshapeOp>(
          mlir::RankedTensorType::get({type.getNumElements()}, i64()), bad);
    bad = emit<tile::ReduceOp>(mlir::RankedTensorType::get({1}, i64()),
                               tile::ReduceKind::Max, bad,
                               in.builder.getDenseI64ArrayAttr({0}));
    check(allOf(inside), "IndexOutOfBounds",
          subject + ": index {0} on axis " + std::to_string(axis) +
              " is outside of {1} elements",
          {emit<tile::TileToScalarOp>(i64(), bad), extent});
  }
  Value addressesOf(const ViewInfo &info, llvm::ArrayRef<Value> indices) const {
    auto type = typeOf(indices[0]);
    return emit<tile::AddressOp>(type, info.elements, indices);
  }
  llvm::SmallVector<Value> checkedIndices(const char *verb, unsigned first,
                                          mlir::RankedTensorType shape) const {
    const ViewInfo &info = view(0);
    auto indices = indexTiles(first, shape);
    auto extents = in.extentsOfTensor(info.elements);
    if (access().isChecked)
      for (auto [axis, index] : llvm::enumerate(indices))
        checkTile(std::string(verb) + " " + info.name, axis, index,
                  extents[axis]);
    return indices;
  }
  void gatherView() {
    auto indices = checkedIndices("gather of", 2, resultType());
    set(tile::LoadPtrOp::create(in.builder, in.here, resultType(),
                                addressesOf(view(0), indices), Value(),
                                Value()));
  }
  void scatterView() {
    auto indices = checkedIndices("scatter to", 3, typeOf(value(1)));
    tile::StorePtrOp::create(in.builder, in.here, value(1),
                             addressesOf(view(0), indices), Value());
  }

  // Index tiles that begin at offsets, and where they are inside of a view.
  struct Places {
    llvm::SmallVector<Value> indices;
    Value inside;
  };
  Value along(mlir::RankedTensorType type, std::int64_t axis,
              Value line) const {
    llvm::SmallVector<std::int64_t> shape(type.getRank(), 1);
    shape[axis] = type.getDimSize(axis);
    line = emit<tile::ReshapeOp>(typeOf(line).clone(shape), line);
    return emit<tile::BroadcastOp>(type, line);
  }
  Value countedFrom(mlir::RankedTensorType type, std::int64_t axis,
                    Value start) const {
    auto line = mlir::RankedTensorType::get({type.getDimSize(axis)}, i64());
    Value counted =
        emit<tile::AddIOp>(line, emit<tile::IotaOp>(line), splat(line, start));
    return along(type, axis, counted);
  }
  Value insideOf(const ViewInfo &info, llvm::ArrayRef<Value> indices) const {
    auto extents = in.extentsOfTensor(info.elements);
    Value inside;
    for (auto [axis, index] : llvm::enumerate(indices)) {
      auto mask = ofElement(typeOf(index), i1());
      Value here = emit<tile::CmpUIOp>(mask, tile::Predicate::Less, index,
                                       splat(typeOf(index), extents[axis]));
      inside = inside ? emit<tile::AndIOp>(mask, inside, here) : here;
    }
    return inside;
  }
  Places placesAlong(const char *verb, unsigned index, unsigned start,
                     mlir::RankedTensorType shape,
                     std::int64_t gathered) const {
    const ViewInfo &info = view(0);
    auto type = ofElement(shape, i64());
    auto starts = coordinate(start, shape.getRank());
    Places places;
    for (std::int64_t axis = 0; axis < shape.getRank(); ++axis) {
      if (axis != gathered) {
        places.indices.push_back(countedFrom(type, axis, starts[axis]));
        continue;
      }
      Value line = wide(value(index), isUnsigned(index));
      if (access().isChecked)
        checkTile(std::string(verb) + " " + info.name, axis, line,
                  in.extentsOfTensor(info.elements)[axis]);
      places.indices.push_back(along(type, axis, line));
    }
    places.inside = insideOf(info, places.indices);
    return places;
  }
  Value paddingOf(mlir::Type element) const {
    double infinity = std::numeric_limits<double>::infinity();
    if (!isa<mlir::FloatType>(element))
      return in.integer(element, 0);
    if (element.getIntOrFloatBitWidth() < 16)
      return arith::ConstantOp::create(
          in.builder, in.here,
          mlir::FloatAttr::get(
              element,
              llvm::APFloat(cast<mlir::FloatType>(element).getFloatSemantics(),
                            llvm::APInt(element.getIntOrFloatBitWidth(), 0))));
    switch (access().padding) {
    case tile::Padding::NegativeZero:
      return in.number(element, -0.0);
    case tile::Padding::Nan:
      return in.number(element, std::numeric_limits<double>::quiet_NaN());
    case tile::Padding::Inf:
      return in.number(element, infinity);
    case tile::Padding::NegativeInf:
      return in.number(element, -infinity);
    default:
      return in.number(element, 0);
    }
  }
  void loadGather() {
    Places places =
        placesAlong("gather of", 3, 4, resultType(), gatheredAxis());
    set(tile::LoadPtrOp::create(
        in.builder, in.here, resultType(), addressesOf(view(0), places.indices),
        places.inside, paddingOf(resultType().getElementType())));
  }
  std::int64_t gatheredAxis() const { return generic(0)[0]; }
  void storeGather() {
    Value values = value(1);
    Places places =
        placesAlong("scatter to", 3, 4, typeOf(values), gatheredAxis());
    tile::StorePtrOp::create(in.builder, in.here, values,
                             addressesOf(view(0), places.indices),
                             places.inside);
  }

  //===--- atomics

  tile::AtomicKind atomicKind() const {
    return static_cast<tile::AtomicKind>(
        mode("cutile::AtomicMode").value_or(0));
  }
  void atomicRmw() {
    set(tile::AtomicRmwOp::create(in.builder, in.here, typeOf(value(1)),
                                  atomicKind(), value(1), value(0), mask(3),
                                  isUnsigned(1)));
  }
  void atomicCas() {
    set(tile::AtomicCasOp::create(in.builder, in.here, typeOf(value(1)),
                                  value(1), value(2), value(0), mask(3)));
  }
  void atomicRedView() {
    Value values = value(1);
    auto type = ofElement(typeOf(values), i64());
    auto offsets = tileOffsets("atomic on", 0, 2);
    llvm::SmallVector<Value> indices;
    for (auto [axis, offset] : llvm::enumerate(offsets))
      indices.push_back(countedFrom(type, axis, in.fromIndex(offset)));
    tile::AtomicRmwOp::create(in.builder, in.here, typeOf(values), atomicKind(),
                              values, addressesOf(view(0), indices),
                              insideOf(view(0), indices), isUnsigned(1));
  }

  //===--- functions of numbers

  // The call operator of \p functor for numbers of \p types.
  const FunctionDecl *callOperator(Object *functor,
                                   llvm::ArrayRef<QualType> types) const {
    if (functor->kind == ObjectKind::Function && functor->function)
      return functor->function;
    const CXXRecordDecl *record = functor->type->getAsCXXRecordDecl();
    auto takes = [&](const FunctionDecl *each) {
      if (each->getNumParams() != types.size())
        return false;
      for (auto [parameter, type] : llvm::zip_equal(each->parameters(), types))
        if (!in.ast.hasSameUnqualifiedType(
                parameter->getType().getNonReferenceType(), type))
          return false;
      return true;
    };
    const FunctionDecl *close = nullptr;
    auto name = in.ast.DeclarationNames.getCXXOperatorName(clang::OO_Call);
    if (record)
      for (const NamedDecl *each : record->lookup(name)) {
        if (const auto *pattern = dyn_cast<FunctionTemplateDecl>(each)) {
          for (const FunctionDecl *instance : pattern->specializations())
            if (takes(instance))
              return instance;
        } else if (const auto *method = dyn_cast<FunctionDecl>(each)) {
          if (takes(method))
            return method;
          if (method->getNumParams() == types.size())
            close = method; // its parameters convert
        }
      }
    if (!close)
      in.refuse(op.at, "this function of numbers is none that a kernel can "
                       "apply to elements");
    return close;
  }

  // A region that calls \p functor with block arguments.
  void fillRegion(mlir::Region &region, Object *functor,
                  llvm::ArrayRef<QualType> types, mlir::Type element) const {
    mlir::OpBuilder::InsertionGuard guard(in.builder);
    llvm::SmallVector<mlir::Type> blockTypes;
    for (QualType type : types)
      blockTypes.push_back(in.types.elementOf(type));
    llvm::SmallVector<mlir::Location> places(types.size(), in.here);
    mlir::Block *block =
        in.builder.createBlock(&region, {}, blockTypes, places);
    std::size_t outer = in.live.size();
    const FunctionDecl *function = callOperator(functor, types);
    llvm::SmallVector<Object *> arguments;
    for (auto [parameter, argument, type] : llvm::zip_equal(
             function->parameters(), block->getArguments(), types)) {
      Object *object =
          in.make(parameter->getType().getNonReferenceType(), op.at);
      object->value = in.convert(argument, type, object->type, op.at);
      arguments.push_back(object);
    }
    Object *made =
        in.make(function->getReturnType().getNonReferenceType(), op.at);
    in.invoke(function, functor, arguments, made, op.at);
    Value number = in.read(made, op.at);
    if (number.getType() != element) {
      if (auto tile = dyn_cast<mlir::RankedTensorType>(number.getType());
          tile && tile.getRank() == 0)
        number = emit<tile::TileToScalarOp>(tile.getElementType(), number);
    }
    if (number.getType() != element)
      in.refuse(op.at, "this function gives another type than its elements");
    tile::YieldOp::create(in.builder, in.here, number);
    in.live.resize(outer);
  }

  std::optional<tile::ReduceKind> kindOf(Object *functor, bool isFloat,
                                         bool isUnsigned) const {
    std::string name = nameOf(functor->type);
    using K = tile::ReduceKind;
    if (name == "cutile::detail::Add")
      return K::Add;
    if (name == "cutile::detail::Multiply")
      return K::Mul;
    if (name == "cutile::detail::Maximum")
      return isFloat ? K::MaximumNumber : isUnsigned ? K::MaxU : K::Max;
    if (name == "cutile::detail::Minimum")
      return isFloat ? K::MinimumNumber : isUnsigned ? K::MinU : K::Min;
    if (name == "cutile::detail::BitAnd")
      return K::And;
    if (name == "cutile::detail::BitOr")
      return K::Or;
    if (name == "cutile::detail::BitXor")
      return K::Xor;
    return std::nullopt;
  }
  static StringRef combining(tile::ReduceKind kind, bool isFloat) {
    using K = tile::ReduceKind;
    switch (kind) {
    case K::Add:
      return isFloat ? "tile.addf" : "tile.addi";
    case K::Mul:
      return isFloat ? "tile.mulf" : "tile.muli";
    case K::MaximumNumber:
      return "tile.maxnumf";
    case K::MinimumNumber:
      return "tile.minnumf";
    case K::Max:
      return "tile.maxi";
    case K::Min:
      return "tile.mini";
    case K::MaxU:
      return "tile.maxui";
    case K::MinU:
      return "tile.minui";
    case K::And:
      return "tile.andi";
    case K::Or:
      return "tile.ori";
    default:
      return "tile.xori";
    }
  }
  static bool isNeutral(tile::ReduceKind kind, Value identity) {
    mlir::TypedAttr attr;
    if (!mlir::matchPattern(identity, mlir::m_Constant(&attr)))
      return false;
    using K = tile::ReduceKind;
    if (auto number = dyn_cast<mlir::FloatAttr>(attr)) {
      llvm::APFloat value = number.getValue();
      switch (kind) {
      case K::Add:
        return value.isPosZero();
      case K::Mul:
        return value.isExactlyValue(1);
      case K::MaximumNumber:
        return value.isInfinity() && value.isNegative();
      default:
        return value.isInfinity() && !value.isNegative();
      }
    }
    llvm::APInt value = cast<mlir::IntegerAttr>(attr).getValue();
    switch (kind) {
    case K::Mul:
      return value.isOne();
    case K::Max:
      return value.isMinSignedValue();
    case K::Min:
      return value.isMaxSignedValue();
    case K::MinU:
    case K::And:
      return value.isAllOnes();
    default:
      return value.isZero();
    }
  }

  void reduce() {
    Value x = value(0), identity = value(1);
    Object *functor = arg(2);
    std::int64_t axis = generic(0)[0];
    auto from = typeOf(x);
    bool isFloat = isa<mlir::FloatType>(from.getElementType());
    llvm::SmallVector<std::int64_t> kept(from.getShape());
    kept[axis] = 1;
    auto keptType = from.clone(kept);
    Value reduced;
    if (auto kind = kindOf(functor, isFloat, isUnsigned(0))) {
      reduced = emit<tile::ReduceOp>(keptType, *kind, x,
                                     in.builder.getDenseI64ArrayAttr({axis}));
      if (!isNeutral(*kind, identity))
        reduced = byName(combining(*kind, isFloat), keptType,
                         {splat(keptType, identity), reduced});
    } else {
      auto made = tile::ReduceByOp::create(in.builder, in.here, keptType, x,
                                           identity, axis);
      QualType element = elementType(0);
      fillRegion(made.getBody(), functor, {element, element},
                 from.getElementType());
      reduced = made;
    }
    set(emit<tile::ReshapeOp>(resultType(), reduced));
  }
  void scan() {
    Value x = value(0), identity = value(1);
    auto made = tile::ScanOp::create(
        in.builder, in.here, typeOf(x), x, identity, generic(0)[0],
        mode("cutile::Direction") == 1, mode("cutile::Inclusion") == 1);
    QualType element = elementType(0);
    fillRegion(made.getBody(), arg(2), {element, element},
               typeOf(x).getElementType());
    set(made);
  }
  void map() {
    llvm::SmallVector<Value> sources;
    llvm::SmallVector<QualType> elements;
    for (unsigned i = 1; i < op.arguments.size(); ++i) {
      sources.push_back(value(i));
      elements.push_back(elementType(i));
    }
    auto made = tile::MapOp::create(in.builder, in.here, resultType(), sources);
    fillRegion(made.getBody(), arg(0), elements, resultType().getElementType());
    set(made);
  }

  // Blocks along an axis have a scale each: as many numbers as the tile has.
  Value scaledBy(Value tile, Value scale, std::int64_t axis) const {
    auto type = mlir::RankedTensorType::get(typeOf(tile).getShape(),
                                            in.builder.getF32Type());
    auto scales = mlir::RankedTensorType::get(typeOf(scale).getShape(),
                                              in.builder.getF32Type());
    auto toF32 = [&](Value x, mlir::RankedTensorType to) {
      return emit<tile::ConvertOp>(to, x, false, false, false);
    };
    std::int64_t at = type.getRank() - 2 + axis;
    llvm::SmallVector<std::int64_t> single(scales.getShape()), blocks;
    single.insert(single.begin() + at + 1, 1);
    blocks = single;
    blocks[at + 1] = type.getDimSize(at) / scales.getDimSize(at);
    Value wide =
        emit<tile::ReshapeOp>(scales.clone(single), toF32(scale, scales));
    wide = emit<tile::BroadcastOp>(scales.clone(blocks), wide);
    wide = emit<tile::ReshapeOp>(type, wide);
    return emit<tile::MulFOp>(type, toF32(tile, type), wide);
  }
  void scaledMma() {
    set(emit<tile::MmaOp>(resultType(), scaledBy(value(0), value(3), 1),
                          scaledBy(value(1), value(4), 0), value(2), false,
                          false));
  }
  void mma() {
    set(emit<tile::MmaOp>(resultType(), value(0), value(1), value(2),
                          isUnsigned(0), isUnsigned(1)));
  }

  //===--- checks and facts

  void assertion() {
    std::string text = "check: " + arg(1)->text;
    check(allOf(value(0)), "InvalidArgument", text, {});
  }
  void nothing() {}

  void print() {
    llvm::SmallVector<std::int64_t> elements;
    llvm::SmallVector<Value> values;
    for (unsigned i = 1; i < op.arguments.size(); ++i) {
      values.push_back(value(i));
      elements.push_back(
          static_cast<std::int64_t>(*in.types.rowOf(elementType(i))));
    }
    // The format is a class that holds the text.
    Object *format = arg(0);
    while (format->kind == ObjectKind::Record && !format->parts.empty())
      format = format->parts[0];
    tile::PrintOp::create(in.builder, in.here, format->text,
                          in.builder.getDenseI64ArrayAttr(elements), values);
  }

  static const llvm::StringMap<Handler> &table();
};

const llvm::StringMap<Operations::Handler> &Operations::table() {
  using O = Operations;
  static const llvm::StringMap<Handler> handlers = {
      {"divi", &O::divi},
      {"remi", &O::remi},
      {"maxi", &O::maxi},
      {"mini", &O::mini},
      {"shri", &O::shri},
      {"maxf", &O::maxf},
      {"minf", &O::minf},
      {"negi", &O::negi},
      {"absi", &O::absi},
      {"cmpi", &O::cmpi},
      {"cmpf", &O::cmpf},
      {"isnan", &O::isNan},
      {"isinf", &O::isInf},
      {"isfinite", &O::isFinite},
      {"exti", &O::fromInteger},
      {"itof", &O::fromInteger},
      {"ftoi", &O::toInteger},
      {"ftof", &O::plainConvert},
      {"trunci", &O::plainConvert},
      {"bitcast", &O::bitcast},
      {"pack", &O::pack},
      {"unpack", &O::unpack},
      {"scalar_to_tile", &O::scalarToTile},
      {"tile_to_scalar", &O::tileToScalar},
      {"iota", &O::iota},
      {"broadcast", &O::broadcast},
      {"reshape", &O::reshape},
      {"permute", &O::permute},
      {"cat", &O::cat},
      {"extract", &O::extract},
      {"insert", &O::insert},
      {"get_tile_block_id", &O::blockId},
      {"get_num_tile_blocks", &O::numBlocks},
      {"make_partition_view", &O::sameView},
      {"make_strided_view", &O::sameView},
      {"make_nested_partition_view_mut", &O::sameView},
      {"make_partition_view_mut", &O::wholeTensor},
      {"make_mapped_partition_view", &O::wholeTensor},
      {"make_tensor_view", &O::makeTensorView},
      {"get_global", &O::getGlobal},
      {"get_tensor_shape", &O::tensorShape},
      {"get_index_space_shape", &O::indexSpaceShape},
      {"load_view_tko", &O::loadView},
      {"store_view_tko", &O::storeView},
      {"load_mapped_tko", &O::loadMapped},
      {"store_mapped_tko", &O::storeMapped},
      {"load_window_tko", &O::loadWindow},
      {"check_equal_grids", &O::equalGrids},
      {"check_tile_ranges", &O::tileRanges},
      {"pointer_to_tile", &O::scalarToTile},
      {"tile_to_pointer", &O::tileToScalar},
      {"addptr", &O::addPtr},
      {"addptr_tile", &O::addPtrTile},
      {"broadcast_ptr", &O::broadcast},
      {"reshape_ptr", &O::reshape},
      {"int_to_ptr", &O::same},
      {"ptr_to_int", &O::same},
      {"ptr_to_ptr", &O::same},
      {"load_ptr_tko", &O::loadPtr},
      {"store_ptr_tko", &O::storePtr},
      {"gather_view_tko", &O::gatherView},
      {"scatter_view_tko", &O::scatterView},
      {"load_gather_tko", &O::loadGather},
      {"store_gather_tko", &O::storeGather},
      {"atomic_rmw_tko", &O::atomicRmw},
      {"atomic_cas_tko", &O::atomicCas},
      {"atomic_red_view_tko", &O::atomicRedView},
      {"reduce", &O::reduce},
      {"scan", &O::scan},
      {"map", &O::map},
      {"mmaf", &O::mma},
      {"mmai", &O::mma},
      {"mmaf_scaled", &O::scaledMma},
      {"assert", &O::assertion},
      {"print", &O::print},
      {"assume_div_by", &O::same},
      {"assume_div_by_every_along", &O::same},
      {"assume_bounds_lower", &O::same},
      {"assume_bounds_upper", &O::same},
      {"assume_same_elements", &O::same},
      {"join_tokens", &O::nothing},
      {"new_token_unordered", &O::nothing},
  };
  return handlers;
}

} // namespace ferro::importer

void Importer::operation(const Operation &op) {
  here = location(op.at);
  Operations operations{*this, op};
  if (auto found = Operations::table().find(op.name);
      found != Operations::table().end())
    return (operations.*found->second)();
  // The others take tiles in order and are the dialect's of their name.
  std::string name = "tile." + op.name.str();
  if (!mlir::RegisteredOperationName::lookup(name, builder.getContext()))
    refuse(op.at, "the operation " + op.name.str() + " is not compiled yet");
  operations.named(name);
}
