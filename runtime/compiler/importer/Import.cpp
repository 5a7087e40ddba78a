#include "compiler/importer/Importer.h"

#include "clang/AST/RecordLayout.h"
#include "clang/Basic/SourceManager.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Matchers.h"

using namespace clang;
using namespace ferro::importer;
using namespace ferro::fromSource;
namespace artifact = ferro::artifact;
namespace tile = ferro::tile;
using mlir::Value;
namespace arith = mlir::arith;

Importer::Importer(ParsedKernel &parsed, mlir::ModuleOp module,
                   const KernelFacts &facts)
    : parsed(parsed), ast(parsed.context()), module(module), facts(facts),
      builder(module.getContext()), here(builder.getUnknownLoc()),
      types(ast, module.getContext()) {}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

void Importer::refuse(SourceLocation at, std::string text) const {
  throw Refusal{at, std::move(text)};
}

static std::string placeOf(const ASTContext &ast, SourceLocation at) {
  PresumedLoc place = ast.getSourceManager().getPresumedLoc(
      ast.getSourceManager().getExpansionLoc(at));
  if (place.isInvalid())
    return "";
  return std::string(place.getFilename()) + ":" +
         std::to_string(place.getLine()) + ":" +
         std::to_string(place.getColumn()) + ": ";
}

std::string Importer::describe(const Refusal &refusal) const {
  std::string text = placeOf(ast, refusal.at) + "error: " + refusal.text + "\n";
  for (const auto &each : llvm::reverse(frames))
    if (each->call.isValid())
      text += placeOf(ast, each->call) + "note: called here, by '" +
              each->function->getQualifiedNameAsString() + "'\n";
  return text;
}

// In the user's files: of what stands in a language header, where it was
// called.
mlir::Location Importer::location(SourceLocation at) const {
  const SourceManager &sources = ast.getSourceManager();
  auto placeOf = [&](SourceLocation at) {
    return sources.getPresumedLoc(sources.getExpansionLoc(at));
  };
  PresumedLoc place = placeOf(at);
  for (const auto &each : llvm::reverse(frames)) {
    if (place.isInvalid() || each->call.isInvalid() ||
        !StringRef(place.getFilename()).starts_with(fromSource::headerFolder))
      break;
    place = placeOf(each->call);
  }
  if (place.isInvalid())
    return here;
  return mlir::FileLineColLoc::get(builder.getContext(), place.getFilename(),
                                   place.getLine(), place.getColumn());
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Value Importer::integer(mlir::Type type, std::int64_t value) {
  mlir::OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(kernelBlock);
  return arith::ConstantOp::create(
      builder, here,
      builder.getIntegerAttr(
          type, type.isIndex()
                    ? llvm::APInt(64, value, true)
                    : llvm::APInt(type.getIntOrFloatBitWidth(), value, true,
                                  /*implicitTrunc=*/true)));
}

Value Importer::number(mlir::Type type, double value) {
  mlir::OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(kernelBlock);
  return arith::ConstantOp::create(builder, here,
                                   builder.getFloatAttr(type, value));
}

std::optional<std::int64_t> Importer::known(Value value) {
  llvm::APInt number;
  if (!value || !mlir::matchPattern(value, mlir::m_ConstantInt(&number)))
    return std::nullopt;
  return number.getBitWidth() == 1 ? std::int64_t(number.getZExtValue())
                                   : number.getSExtValue();
}

Value Importer::negated(Value truth) {
  if (auto value = known(truth))
    return integer(truth.getType(), !*value);
  if (auto compare = truth.getDefiningOp<arith::CmpIOp>())
    return emit<arith::CmpIOp>(arith::invertPredicate(compare.getPredicate()),
                               compare.getLhs(), compare.getRhs());
  return emit<arith::XOrIOp>(truth, integer(truth.getType(), 1));
}

Value Importer::toIndex(Value value) {
  if (auto number = known(value))
    return integer(builder.getIndexType(), *number);
  return emit<arith::IndexCastOp>(builder.getIndexType(), value);
}
Value Importer::fromIndex(Value value) {
  if (auto number = known(value))
    return integer(builder.getI64Type(), *number);
  return emit<arith::IndexCastOp>(builder.getI64Type(), value);
}

//===----------------------------------------------------------------------===//
// The kernel
//===----------------------------------------------------------------------===//

// The memref of a whole tensor; one of contiguous rows where the facts say so.
mlir::Type Importer::tensorType(const ClassTemplateSpecializationDecl *view,
                                bool isBlocks,
                                const artifact::ArgumentFacts &fact) {
  mlir::Type element = types.elementOf(view->getTemplateArgs()[0].getAsType());
  if (!element)
    refuse(view->getLocation(),
           "tensors of " +
               view->getTemplateArgs()[0].getAsType().getAsString() +
               " are not compiled yet");
  llvm::SmallVector<std::int64_t> shape, strides;
  for (std::int64_t extent : extentsOf(view)) {
    bool isKnown = !isBlocks && extent > 0;
    shape.push_back(isKnown ? extent : mlir::ShapedType::kDynamic);
    strides.push_back(mlir::ShapedType::kDynamic);
  }
  if (!strides.empty() && fact.isContiguous)
    strides.back() = 1;
  return mlir::MemRefType::get(
      shape, element,
      mlir::StridedLayoutAttr::get(module.getContext(), 0, strides));
}

llvm::SmallVector<std::int64_t>
Importer::extentsOf(const ClassTemplateSpecializationDecl *view) {
  if (view->getNameAsString() != "MappedPartitionMut")
    return integersOf(view, 1);
  return integersOf(
      instanceOf(view->getTemplateArgs()[1].getAsType(), "cutile::TileShape"));
}

static mlir::DenseI64ArrayAttr
divisorsAttr(mlir::Builder &builder,
             llvm::ArrayRef<artifact::Log2> logarithms) {
  return builder.getDenseI64ArrayAttr(llvm::map_to_vector(
      logarithms, [](artifact::Log2 each) { return std::int64_t(1) << each; }));
}

static mlir::DictionaryAttr factsAttr(mlir::Builder &builder,
                                      const artifact::ArgumentFacts &fact) {
  llvm::SmallVector<mlir::NamedAttribute> said;
  auto say = [&](llvm::StringRef name, mlir::Attribute value) {
    said.push_back(builder.getNamedAttr(name, value));
  };
  if (fact.divisor != 0)
    say("divisor", builder.getI64IntegerAttr(std::int64_t(1) << fact.divisor));
  if (!fact.extents.empty()) {
    say("extents", divisorsAttr(builder, fact.extents));
    say("strides", divisorsAttr(builder, fact.strides));
    llvm::SmallVector<std::int64_t> unit;
    for (std::size_t axis = 0; axis < fact.extents.size(); ++axis)
      if (fact.unitStrides >> axis & 1)
        unit.push_back(static_cast<std::int64_t>(axis));
    say("unit_strides", builder.getDenseI64ArrayAttr(unit));
    if (fact.isDistinct)
      say("distinct", builder.getUnitAttr());
  }
  return builder.getDictionaryAttr(said);
}

// Null if nothing is said.
static mlir::ArrayAttr
factsAttr(mlir::Builder &builder,
          llvm::ArrayRef<const artifact::ArgumentFacts *> said) {
  llvm::SmallVector<mlir::Attribute> list;
  bool isEmpty = true;
  for (const artifact::ArgumentFacts *each : said) {
    auto facts =
        each ? factsAttr(builder, *each) : builder.getDictionaryAttr({});
    isEmpty &= facts.empty();
    list.push_back(facts);
  }
  return isEmpty ? mlir::ArrayAttr() : builder.getArrayAttr(list);
}

void Importer::run(const FunctionDecl *kernel, llvm::StringRef symbol) {
  builder.setInsertionPointToEnd(module.getBody());
  // Parameters first: what they are made of decides the kernel's type.
  struct View {
    Object *object;
    const ClassTemplateSpecializationDecl *type;
    bool isBlocks; // this block's tile of an output
    unsigned argument;
    llvm::SmallVector<std::int64_t> extents;
  };
  llvm::SmallVector<View> views;
  llvm::SmallVector<mlir::Type> arguments;
  llvm::SmallVector<std::pair<Object *, unsigned>> numbers;
  llvm::SmallVector<std::int64_t> places; // of the arguments, in bytes
  llvm::SmallVector<const artifact::ArgumentFacts *> said; // may be shorter
  std::int64_t end = 3 * 8;
  auto entered = std::make_unique<Frame>();
  entered->function = kernel;
  frames.push_back(std::move(entered));
  here = location(kernel->getLocation());
  for (const auto &[i, parameter] : llvm::enumerate(kernel->parameters())) {
    QualType type = parameter->getType();
    Object *object = make(type.getNonReferenceType(), parameter->getLocation());
    frame().variables[parameter] = object;
    const auto *record = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
        object->type->getAsCXXRecordDecl());
    static const artifact::ArgumentFacts nothing;
    const artifact::ArgumentFacts &fact =
        i < facts.arguments.size() ? facts.arguments[i] : nothing;
    said.resize(arguments.size(), &nothing);
    said.push_back(&fact);
    if (object->kind == ObjectKind::View) {
      bool isBlocks =
          type->isReferenceType() && !type->getPointeeType().isConstQualified();
      bool isOutput = isBlocks || record->getNameAsString() != "TensorView";
      object->view.emplace();
      object->view->name = "parameter " + std::to_string(i + 1);
      if (!parameter->getName().empty())
        object->view->name += " (" + parameter->getNameAsString() + ")";
      views.push_back({object, record, isBlocks,
                       static_cast<unsigned>(arguments.size()),
                       extentsOf(record)});
      arguments.push_back(tensorType(record, isOutput, fact));
      places.push_back(end);
      end += 2 * 8 * static_cast<std::int64_t>(views.back().extents.size());
      if (isBlocks)
        for (std::int64_t extent : views.back().extents)
          if (extent <= 0) {
            arguments.push_back(builder.getI64Type());
            places.push_back(end);
            end += 8;
          }
      continue;
    }
    if (type->isReferenceType())
      refuse(
          parameter->getLocation(),
          "a kernel's parameters are views by reference, and others by value");
    std::int64_t alignment = std::max<std::int64_t>(
        ast.getTypeAlignInChars(object->type).getQuantity(), 8);
    std::int64_t start = (end + alignment - 1) / alignment * alignment;
    end = start +
          (ast.getTypeSizeInChars(object->type).getQuantity() + 7) / 8 * 8;
    llvm::SmallVector<std::pair<Object *, std::int64_t>> leaves;
    placedLeaves(object, start, leaves, parameter->getLocation());
    for (auto [leaf, place] : leaves) {
      places.push_back(place);
      mlir::Type leafType = types.leafOf(leaf->type);
      if (isa<mlir::RankedTensorType>(leafType))
        refuse(parameter->getLocation(), "a tile is no parameter of a kernel");
      numbers.push_back({leaf, static_cast<unsigned>(arguments.size())});
      arguments.push_back(leafType);
    }
  }
  auto made =
      tile::KernelOp::create(builder, here, symbol, mlir::TypeRange(arguments));
  std::string title;
  llvm::raw_string_ostream stream(title);
  kernel->getNameForDiagnostic(stream, ast.getPrintingPolicy(),
                               /*Qualified=*/true);
  made->setAttr("title", builder.getStringAttr(title));
  made.setPlaces(places);
  made.setWords((end + 7) / 8);
  said.resize(arguments.size());
  if (mlir::ArrayAttr list = factsAttr(builder, said))
    made->setAttr("facts", list);
  kernelBlock = &made.block();
  builder.setInsertionPoint(kernelBlock->getTerminator());
  llvm::SmallVector<mlir::Type> three(3, builder.getIndexType());
  ids = llvm::to_vector_of<Value>(
      tile::BlockIdOp::create(builder, here, three).getResults());
  for (auto [leaf, argument] : numbers)
    leaf->value = kernelBlock->getArgument(argument);
  for (View &view : views) {
    Value tensor = kernelBlock->getArgument(view.argument);
    ViewInfo &info = *view.object->view;
    info.tensor = info.elements = tensor;
    if (!view.isBlocks) {
      info.extents = extentsOfTensor(tensor);
      continue;
    }
    unsigned next = view.argument + 1;
    for (std::int64_t extent : view.extents)
      info.extents.push_back(extent > 0
                                 ? integer(builder.getI64Type(), extent)
                                 : Value(kernelBlock->getArgument(next++)));
    info.elements = blockOf(tensor, info.extents);
  }
  fromSource::EntryOptions options = fromSource::optionsOf(kernel);
  isUnchecked = options.isUnchecked;
  if (options.denyChecks)
    made->setAttr("deny_checks", builder.getUnitAttr());
  for (const fromSource::Precondition &each : options.preconditions)
    precondition(kernel, each);
  frame().returned = makeFlag();
  statement(kernel->getBody());
  if (facts.grid)
    useGrid(made, *facts.grid);
}

// The code runs with this grid only.
void Importer::useGrid(tile::KernelOp kernel,
                       llvm::ArrayRef<std::int64_t> grid) {
  kernel.walk([&](tile::NumBlocksOp op) {
    for (auto [result, extent] : llvm::zip_equal(op.getResults(), grid))
      result.replaceAllUsesWith(integer(result.getType(), extent));
    op.erase();
  });
  kernel->setAttr("const_grid", builder.getDenseI64ArrayAttr(grid));
}

// A launch that breaks it is refused; what follows relies on it.
void Importer::precondition(const FunctionDecl *kernel,
                            const fromSource::Precondition &which) {
  auto extent = [&](const fromSource::Dimension &dimension) {
    for (const ParmVarDecl *parameter : kernel->parameters()) {
      Object *object = frame().variables[parameter];
      if (parameter->getName() != dimension.parameter || !object->view)
        continue;
      auto extents = extentsOfTensor(object->view->tensor);
      if (dimension.axis < std::int64_t(extents.size()))
        return extents[dimension.axis];
      refuse(parameter->getLocation(),
             "dim(" + dimension.parameter + ", " +
                 std::to_string(dimension.axis) + ") of a tensor of " +
                 std::to_string(extents.size()) + " axes");
    }
    refuse(kernel->getLocation(),
           "dim(" + dimension.parameter + ", ...) is of no tensor");
  };
  auto spelled = [](const fromSource::Dimension &dimension) {
    return "dim(" + dimension.parameter + ", " +
           std::to_string(dimension.axis) + ")";
  };
  Value left = extent(which.left), holds;
  llvm::SmallVector<Value> values{left};
  std::string text = "precondition: " + spelled(which.left);
  if (which.divisor != 0) {
    Value rest =
        emit<arith::RemUIOp>(left, integer(left.getType(), which.divisor));
    holds = emit<arith::CmpIOp>(arith::CmpIPredicate::eq, rest,
                                integer(left.getType(), 0));
    text += " % " + std::to_string(which.divisor) + " == 0; it is {0}";
  } else {
    values.push_back(extent(which.right));
    holds = emit<arith::CmpIOp>(arith::CmpIPredicate::eq, left, values[1]);
    text += " == " + spelled(which.right) + "; they are {0} and {1}";
  }
  if (known(holds) != 1)
    tile::CheckOp::create(builder, here, holds, "ShapeMismatch", text, values);
}

// The leaves of a parameter and where their bytes lie.
void Importer::placedLeaves(
    Object *object, std::int64_t start,
    llvm::SmallVectorImpl<std::pair<Object *, std::int64_t>> &leaves,
    SourceLocation at) const {
  switch (object->kind) {
  case ObjectKind::Leaf:
    leaves.push_back({object, start});
    return;
  case ObjectKind::Array: {
    std::int64_t size =
        object->parts.empty()
            ? 0
            : ast.getTypeSizeInChars(object->parts[0]->type).getQuantity();
    for (auto [i, part] : llvm::enumerate(object->parts))
      placedLeaves(part, start + static_cast<std::int64_t>(i) * size, leaves,
                   at);
    return;
  }
  case ObjectKind::Record: {
    const auto *record = object->type->getAsCXXRecordDecl()->getDefinition();
    const ASTRecordLayout &layout = ast.getASTRecordLayout(record);
    auto part = object->parts.begin();
    for (const CXXBaseSpecifier &each : record->bases())
      placedLeaves(
          *part++,
          start +
              layout.getBaseClassOffset(each.getType()->getAsCXXRecordDecl())
                  .getQuantity(),
          leaves, at);
    for (const FieldDecl *each : record->fields())
      placedLeaves(*part++,
                   start +
                       static_cast<std::int64_t>(
                           layout.getFieldOffset(each->getFieldIndex()) / 8),
                   leaves, at);
    return;
  }
  default:
    refuse(at, "a kernel has no parameters of type '" +
                   object->type.getAsString() + "'");
  }
}

llvm::SmallVector<Value> Importer::extentsOfTensor(Value tensor) {
  auto type = cast<mlir::MemRefType>(tensor.getType());
  llvm::SmallVector<Value> extents;
  for (std::int64_t axis = 0; axis < type.getRank(); ++axis)
    extents.push_back(
        type.isDynamicDim(axis)
            ? fromIndex(emit<mlir::memref::DimOp>(
                  tensor, integer(builder.getIndexType(), axis)))
            : integer(builder.getI64Type(), type.getDimSize(axis)));
  return extents;
}

// The elements of this block's tile that the tensor has.
Value Importer::blockOf(Value tensor, llvm::ArrayRef<Value> tile) {
  llvm::SmallVector<mlir::OpFoldResult> offsets, sizes, strides;
  auto extents = extentsOfTensor(tensor);
  for (auto [axis, extent] : llvm::enumerate(extents)) {
    Value start = emit<arith::MulIOp>(ids[axis], toIndex(tile[axis]));
    Value left = emit<arith::SubIOp>(toIndex(extent), start);
    offsets.push_back(start);
    sizes.push_back(emit<arith::MinSIOp>(left, toIndex(tile[axis])));
    strides.push_back(builder.getIndexAttr(1));
  }
  return mlir::memref::SubViewOp::create(builder, here, tensor, offsets, sizes,
                                         strides);
}

llvm::Error ferro::importer::importKernel(ParsedKernel &kernel,
                                          llvm::StringRef symbol,
                                          const KernelFacts &facts,
                                          mlir::ModuleOp module) {
  Importer importer(kernel, module, facts);
  try {
    importer.run(kernel.function(), symbol);
  } catch (const Refusal &refusal) {
    return llvm::createStringError(importer.describe(refusal));
  }
  return llvm::Error::success();
}
