#include "compiler/importer/Importer.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/Matchers.h"

using namespace clang;
using namespace ferro::importer;
using mlir::Value;

// Loops of a known number of turns up to this are run turn by turn here.
static constexpr int fewTurns = 16;

namespace {
/// What a run of code did to the variables.
class Snapshot {
public:
  explicit Snapshot(llvm::ArrayRef<Object *> live)
      : live(live.begin(), live.end()) {
    for (Object *leaf : live)
      before.push_back(leaf->value);
  }
  llvm::SmallVector<Value> now() const {
    llvm::SmallVector<Value> values;
    for (Object *leaf : live)
      values.push_back(leaf->value);
    return values;
  }
  void restore() const {
    for (auto [leaf, value] : llvm::zip_equal(live, before))
      leaf->value = value;
  }

  llvm::SmallVector<Object *> live;
  llvm::SmallVector<Value> before;
};

/// What a reference, view, text or function is: nothing that a value could
/// choose.
struct Binding {
  Object *target;
  const FunctionDecl *function;
  std::string text;
  std::optional<ViewInfo> view;

  explicit Binding(const Object *object)
      : target(object->target), function(object->function), text(object->text),
        view(object->view) {}
  void give(Object *object) const {
    object->target = target;
    object->function = function;
    object->text = text;
    object->view = view;
  }
  bool isUnset() const { return !target && !function && text.empty() && !view; }
  bool operator==(const Binding &other) const {
    bool isSameView = view.has_value() == other.view.has_value() &&
                      (!view || (view->elements == other.view->elements &&
                                 view->tensor == other.view->tensor &&
                                 view->extents == other.view->extents));
    return isSameView && target == other.target && function == other.function &&
           text == other.text;
  }
};
} // namespace

static llvm::SmallVector<Binding, 0>
bindingsOf(llvm::ArrayRef<Object *> handles) {
  return llvm::SmallVector<Binding, 0>(llvm::map_range(
      handles, [](const Object *each) { return Binding(each); }));
}

static void restore(llvm::ArrayRef<Object *> handles,
                    llvm::ArrayRef<Binding> bindings) {
  for (auto [object, binding] : llvm::zip_equal(handles, bindings))
    binding.give(object);
}

void Importer::refuseChoice(const Object *object, SourceLocation at) const {
  const char *kind = object->kind == ObjectKind::View       ? "view"
                     : object->kind == ObjectKind::Text     ? "text"
                     : object->kind == ObjectKind::Function ? "function"
                                                            : "object";
  refuse(at, std::string("which ") + kind +
                 " this is depends on a condition; in a kernel it is the same "
                 "on every way");
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

void Importer::statement(const clang::Stmt *stmt) {
  if (!stmt)
    return;
  here = location(stmt->getBeginLoc());
  if (const auto *body = dyn_cast<CompoundStmt>(stmt)) {
    std::size_t outer = live.size();
    sequence(body->body_begin(), body->body_end());
    live.resize(outer);
    return;
  }
  if (const auto *declaration = dyn_cast<DeclStmt>(stmt)) {
    for (const Decl *decl : declaration->decls())
      if (const auto *each = dyn_cast<VarDecl>(decl))
        declare(each);
    return;
  }
  if (const auto *expr = dyn_cast<clang::Expr>(stmt)) {
    std::size_t outer = live.size();
    discard(expr);
    live.resize(outer);
    return;
  }
  if (const auto *choice = dyn_cast<IfStmt>(stmt)) {
    std::size_t outer = live.size();
    if (choice->isConsteval())
      return statement(choice->isNegatedConsteval() ? choice->getThen()
                                                    : choice->getElse());
    if (choice->isConstexpr()) {
      // Instantiation has left one of the two.
      if (auto taken = choice->getNondiscardedCase(ast))
        statement(*taken);
      return;
    }
    statement(choice->getInit());
    if (const DeclStmt *declared = choice->getConditionVariableDeclStmt())
      statement(declared);
    Value condition = scalar(choice->getCond());
    branch(
        condition, choice->getIfLoc(), [&] { statement(choice->getThen()); },
        [&] { statement(choice->getElse()); });
    live.resize(outer);
    return;
  }
  if (const auto *each = dyn_cast<ForStmt>(stmt)) {
    std::size_t outer = live.size();
    statement(each->getInit());
    auto condition = [&]() -> Value {
      if (const VarDecl *declared = each->getConditionVariable())
        declare(declared);
      return scalar(each->getCond());
    };
    auto body = [&] { statement(each->getBody()); };
    auto step = [&] { discard(each->getInc()); };
    LoopShape shape{each->getForLoc(), nullptr, body, nullptr};
    if (each->getCond())
      shape.condition = condition;
    if (each->getInc())
      shape.step = step;
    loop(shape);
    live.resize(outer);
    return;
  }
  if (const auto *each = dyn_cast<CXXForRangeStmt>(stmt)) {
    std::size_t outer = live.size();
    statement(each->getInit());
    statement(each->getRangeStmt());
    statement(each->getBeginStmt());
    statement(each->getEndStmt());
    auto condition = [&]() -> Value { return scalar(each->getCond()); };
    auto body = [&] {
      std::size_t inner = live.size();
      statement(each->getLoopVarStmt());
      statement(each->getBody());
      live.resize(inner);
    };
    auto step = [&] { discard(each->getInc()); };
    loop({each->getForLoc(), condition, body, step});
    live.resize(outer);
    return;
  }
  if (const auto *each = dyn_cast<WhileStmt>(stmt)) {
    auto condition = [&]() -> Value {
      if (const VarDecl *declared = each->getConditionVariable())
        declare(declared);
      return scalar(each->getCond());
    };
    auto body = [&] { statement(each->getBody()); };
    return loop({each->getWhileLoc(), condition, body, nullptr});
  }
  if (const auto *each = dyn_cast<DoStmt>(stmt)) {
    auto condition = [&]() -> Value { return scalar(each->getCond()); };
    auto body = [&] { statement(each->getBody()); };
    return loop({each->getDoLoc(), condition, body, nullptr, true});
  }
  if (const auto *each = dyn_cast<SwitchStmt>(stmt))
    return switches(each);
  if (const auto *result = dyn_cast<ReturnStmt>(stmt))
    return returns(result);
  if (isa<BreakStmt>(stmt)) {
    frame().breaks.back()->value = integer(builder.getI1Type(), 1);
    return;
  }
  if (isa<ContinueStmt>(stmt)) {
    frame().continues.back()->value = integer(builder.getI1Type(), 1);
    return;
  }
  if (const auto *attributed = dyn_cast<AttributedStmt>(stmt))
    return statement(attributed->getSubStmt());
  if (isa<NullStmt>(stmt))
    return;
  refuse(stmt->getBeginLoc(),
         std::string("a kernel has no statements of this kind (") +
             stmt->getStmtClassName() + ")");
}

void Importer::sequence(CompoundStmt::const_body_iterator first,
                        CompoundStmt::const_body_iterator last) {
  for (; first != last; ++first) {
    statement(*first);
    Value left = isLeft();
    if (known(left) == 0)
      continue;
    if (known(left) == 1 || first + 1 == last)
      return;
    return branch(
        left, (*first)->getEndLoc(), [] {}, [&] { sequence(first + 1, last); });
  }
}

// Whether a break, continue or return has happened.
Value Importer::isLeft() {
  Value left = frame().returned->value;
  auto add = [&](llvm::ArrayRef<Object *> flags) {
    if (!flags.empty())
      left = emit<mlir::arith::OrIOp>(left, flags.back()->value);
  };
  add(frame().breaks);
  add(frame().continues);
  return left;
}

void Importer::declare(const VarDecl *variable) {
  if (variable->isStaticLocal() && !variable->isConstexpr() &&
      !variable->getType().isConstQualified())
    refuse(variable->getLocation(),
           "'" + variable->getNameAsString() +
               "' is static; a kernel's variables live as long as its block");
  Object *object = make(variable->getType(), variable->getLocation());
  frame().variables[variable] = object;
  if (const clang::Expr *init = variable->getInit())
    initialize(init, object);
  if (const auto *bindings = dyn_cast<DecompositionDecl>(variable))
    for (const BindingDecl *each : bindings->bindings())
      if (const VarDecl *holder = each->getHoldingVar())
        declare(holder);
}

void Importer::returns(const ReturnStmt *stmt) {
  if (const clang::Expr *value = stmt->getRetValue()) {
    Object *result = frame().result;
    result ? initialize(value, result) : discard(value);
  }
  frame().returned->value = integer(builder.getI1Type(), 1);
}

// A chain of comparisons; `entered` says whether a label was reached, and falls
// through.
void Importer::switches(const SwitchStmt *stmt) {
  std::size_t outer = live.size();
  statement(stmt->getInit());
  if (const DeclStmt *declared = stmt->getConditionVariableDeclStmt())
    statement(declared);
  Value value = scalar(stmt->getCond());
  const auto *body = dyn_cast<CompoundStmt>(stmt->getBody());
  if (!body)
    refuse(stmt->getSwitchLoc(), "a switch in a kernel has a block of cases");
  Object *entered = makeFlag();
  frame().breaks.push_back(makeFlag());
  auto constantOf = [&](const clang::Expr *expr) {
    return integer(value.getType(),
                   expr->EvaluateKnownConstInt(ast).getExtValue());
  };
  // Whether any case but the default has the value.
  Value anyCase = integer(builder.getI1Type(), 0);
  auto holds = [&](const CaseStmt *each) {
    using Predicate = mlir::arith::CmpIPredicate;
    if (!each->getRHS())
      return emit<mlir::arith::CmpIOp>(Predicate::eq, value,
                                       constantOf(each->getLHS()));
    return emit<mlir::arith::AndIOp>(
        emit<mlir::arith::CmpIOp>(Predicate::sge, value,
                                  constantOf(each->getLHS())),
        emit<mlir::arith::CmpIOp>(Predicate::sle, value,
                                  constantOf(each->getRHS())));
  };
  for (const SwitchCase *each = stmt->getSwitchCaseList(); each;
       each = each->getNextSwitchCase())
    if (const auto *label = dyn_cast<CaseStmt>(each))
      anyCase = emit<mlir::arith::OrIOp>(anyCase, holds(label));
  for (const clang::Stmt *part : body->body()) {
    while (const auto *label = dyn_cast<SwitchCase>(part)) {
      const auto *named = dyn_cast<CaseStmt>(label);
      Value reached = named ? holds(named) : negated(anyCase);
      entered->value = emit<mlir::arith::OrIOp>(entered->value, reached);
      part = label->getSubStmt();
    }
    if (isa<DeclStmt>(part)) { // its scope is the block
      statement(part);
      continue;
    }
    Value runs = emit<mlir::arith::AndIOp>(entered->value, negated(isLeft()));
    branch(runs, part->getBeginLoc(), [&] { statement(part); }, [] {});
  }
  frame().breaks.pop_back();
  live.resize(outer);
}

//===----------------------------------------------------------------------===//
// Branches
//===----------------------------------------------------------------------===//

// Both ways left the same constant.
static bool isSameConstant(Value a, Value b) {
  mlir::Attribute x, y;
  return a && b && mlir::matchPattern(a, mlir::m_Constant(&x)) &&
         mlir::matchPattern(b, mlir::m_Constant(&y)) && x == y &&
         a.getType() == b.getType();
}

// Whether running both ways and choosing between numbers costs less than a
// branch.
static bool chooses(mlir::scf::IfOp branch, llvm::ArrayRef<Value> afterYes,
                    llvm::ArrayRef<Value> afterNo,
                    llvm::ArrayRef<std::size_t> merged) {
  constexpr std::ptrdiff_t few = 4;
  for (std::size_t i : merged)
    if (!afterYes[i] || !afterNo[i] ||
        isa<mlir::RankedTensorType>(afterYes[i].getType()))
      return false;
  for (mlir::Block *block : {branch.thenBlock(), branch.elseBlock()}) {
    auto ops = block->without_terminator();
    if (std::distance(ops.begin(), ops.end()) > few ||
        !llvm::all_of(ops, [](mlir::Operation &op) {
          return mlir::isPure(&op) && op.getNumRegions() == 0;
        }))
      return false;
  }
  return true;
}

void Importer::branch(Value condition, SourceLocation at, Work yes, Work no) {
  if (auto value = known(condition))
    return *value ? yes() : no();
  mlir::Location place = location(at);
  auto trial = mlir::scf::IfOp::create(builder, place, mlir::TypeRange(),
                                       condition, /*withElseRegion=*/true);
  Snapshot snapshot(live);
  llvm::SmallVector<Object *> held(handles.begin(), handles.end());
  auto before = bindingsOf(held);
  llvm::SmallVector<Binding, 0> bindings[2];
  auto run = [&](mlir::Block *block, Work work) {
    mlir::OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(block->getTerminator());
    work();
    live.resize(snapshot.live.size());
    auto values = snapshot.now();
    snapshot.restore();
    bindings[block == trial.elseBlock()] = bindingsOf(held);
    restore(held, before);
    return values;
  };
  auto afterYes = run(trial.thenBlock(), yes);
  auto afterNo = run(trial.elseBlock(), no);
  for (auto [object, was, a, b] :
       llvm::zip_equal(held, before, bindings[0], bindings[1])) {
    // One way may leave a binding alone that it does not need.
    if (!(a == b) && !(was.isUnset() && (a.isUnset() || b.isUnset())))
      refuseChoice(object, at);
    (a.isUnset() ? b : a).give(object);
  }

  llvm::SmallVector<std::size_t> merged;
  for (std::size_t i = 0; i < afterYes.size(); ++i) {
    if (afterYes[i] == afterNo[i]) {
      snapshot.live[i]->value = afterYes[i];
    } else if (isSameConstant(afterYes[i], afterNo[i])) {
      mlir::OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(kernelBlock);
      snapshot.live[i]->value =
          builder.clone(*afterYes[i].getDefiningOp())->getResult(0);
    } else {
      merged.push_back(i);
    }
  }
  if (merged.empty()) {
    if (trial.thenBlock()->without_terminator().empty() &&
        trial.elseBlock()->without_terminator().empty())
      trial.erase();
    return;
  }
  if (chooses(trial, afterYes, afterNo, merged)) {
    for (mlir::Block *block : {trial.thenBlock(), trial.elseBlock()})
      for (mlir::Operation &op :
           llvm::make_early_inc_range(block->without_terminator()))
        op.moveBefore(trial);
    builder.setInsertionPointAfter(trial);
    for (std::size_t i : merged)
      snapshot.live[i]->value = mlir::arith::SelectOp::create(
          builder, place, condition, afterYes[i], afterNo[i]);
    trial.erase();
    return;
  }
  llvm::SmallVector<mlir::Type> results;
  for (std::size_t i : merged)
    results.push_back((afterYes[i] ? afterYes[i] : afterNo[i]).getType());
  builder.setInsertionPoint(trial);
  auto final = mlir::scf::IfOp::create(builder, place, results, condition,
                                       /*withElseRegion=*/true);
  auto fill = [&](mlir::Region &to, mlir::Region &from,
                  llvm::ArrayRef<Value> after) {
    to.takeBody(from);
    mlir::Operation *end = to.front().getTerminator();
    mlir::OpBuilder inner(end);
    llvm::SmallVector<Value> yields;
    for (auto [i, type] : llvm::zip_equal(merged, results))
      yields.push_back(
          after[i] ? after[i] : mlir::ub::PoisonOp::create(inner, place, type));
    mlir::scf::YieldOp::create(inner, place, yields);
    end->erase();
  };
  fill(final.getThenRegion(), trial.getThenRegion(), afterYes);
  fill(final.getElseRegion(), trial.getElseRegion(), afterNo);
  trial.erase();
  builder.setInsertionPointAfter(final);
  for (auto [i, result] : llvm::zip_equal(merged, final.getResults()))
    snapshot.live[i]->value = result;
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

// Whether another turn follows: no break, no return, and the condition.
Value Importer::loopCondition(const LoopShape &shape) {
  Value left = emit<mlir::arith::OrIOp>(frame().returned->value,
                                        frame().breaks.back()->value);
  Object *goesOn = makeFlag();
  branch(
      left, shape.at, [] {},
      [&] {
        goesOn->value = shape.condition ? shape.condition()
                                        : integer(builder.getI1Type(), 1);
      });
  return goesOn->value;
}

void Importer::loopBody(const LoopShape &shape) {
  std::size_t outer = live.size();
  Object *continued = makeFlag();
  frame().continues.push_back(continued);
  shape.body();
  frame().continues.pop_back();
  if (shape.step) {
    Value left = emit<mlir::arith::OrIOp>(frame().returned->value,
                                          frame().breaks.back()->value);
    branch(left, shape.at, [] {}, [&] { shape.step(); });
  }
  live.resize(outer);
}

void Importer::loop(const LoopShape &shape) {
  std::size_t outer = live.size();
  frame().breaks.push_back(makeFlag());
  if (hasFewTurns(shape))
    unroll(shape);
  else
    emitLoop(shape, assignedBy(shape));
  frame().breaks.pop_back();
  live.resize(outer);
}

// Whether conditions and steps, without the body, end soon; where there is no
// step, whether the body does.
bool Importer::hasFewTurns(const LoopShape &shape) {
  if (shape.bodyFirst || !shape.condition)
    return false;
  Snapshot snapshot(live);
  llvm::SmallVector<Object *> held(handles.begin(), handles.end());
  auto bindings = bindingsOf(held);
  mlir::OpBuilder::InsertionGuard guard(builder);
  auto scratch =
      mlir::scf::ExecuteRegionOp::create(builder, here, mlir::TypeRange());
  builder.setInsertionPointToStart(&scratch.getRegion().emplaceBlock());
  bool isKnown = false;
  for (int turn = 0; turn <= fewTurns; ++turn) {
    auto goesOn = known(shape.condition());
    isKnown = goesOn == 0;
    if (goesOn != 1)
      break;
    shape.step ? shape.step() : loopBody(shape);
  }
  live.resize(snapshot.live.size());
  snapshot.restore();
  restore(held, bindings);
  scratch.erase();
  return isKnown;
}

// The operation behind which the next one comes; null if there is none.
mlir::Operation *Importer::lastEmitted() {
  auto next = builder.getInsertionPoint();
  return next == builder.getInsertionBlock()->begin() ? nullptr
                                                      : &*std::prev(next);
}

// Runs the loop here as long as it is known whether another turn follows.
void Importer::unroll(const LoopShape &shape) {
  for (int turn = 0;; ++turn) {
    Snapshot snapshot(live);
    llvm::SmallVector<Object *> held(handles.begin(), handles.end());
    auto bindings = bindingsOf(held);
    mlir::Operation *last = lastEmitted();
    Value goesOn = loopCondition(shape);
    if (known(goesOn) == 0)
      return;
    if (known(goesOn) == 1 && turn <= 4 * fewTurns) {
      loopBody(shape);
      continue;
    }
    // The loop evaluates the condition itself: what it did here goes back.
    while (lastEmitted() != last)
      lastEmitted()->erase();
    live.resize(snapshot.live.size());
    snapshot.restore();
    restore(held, bindings);
    return emitLoop(shape, assignedBy(shape));
  }
}

// The variables that a turn of the loop leaves with another value.
llvm::SmallVector<Object *> Importer::assignedBy(const LoopShape &shape) {
  Snapshot snapshot(live);
  llvm::SmallVector<Object *> held(handles.begin(), handles.end());
  auto bindings = bindingsOf(held);
  llvm::SmallVector<Object *> candidates(live.begin(), live.end());
  mlir::OpBuilder::InsertionGuard guard(builder);
  auto trial =
      mlir::scf::ExecuteRegionOp::create(builder, here, mlir::TypeRange());
  mlir::Block &inside = trial.getRegion().emplaceBlock();
  builder.setInsertionPointToStart(&inside);
  llvm::SmallVector<Value> placeholders;
  for (Object *leaf : candidates) {
    mlir::Type type = types.leafOf(leaf->type);
    placeholders.push_back(leaf->value ? inside.addArgument(type, here)
                                       : Value());
    leaf->value = placeholders.back();
  }
  loopCondition(shape);
  loopBody(shape);
  live.resize(snapshot.live.size());
  llvm::SmallVector<Object *> assigned;
  for (auto [leaf, before] : llvm::zip_equal(candidates, placeholders))
    if (leaf->value != before)
      assigned.push_back(leaf);
  snapshot.restore();
  for (auto [object, before] : llvm::zip_equal(held, bindings))
    if (!(before == Binding(object)))
      refuseChoice(object, shape.at);
  trial.erase();
  return assigned;
}

namespace {
/// A while loop that counts: `for (i = init; i < bound; i += step)`.
struct Counting {
  unsigned counter; // which carried value
  Value bound;      // from outside, or a constant
  std::int64_t step;
  bool isSigned;
};
} // namespace

static bool isInside(Value value, mlir::Region &region) {
  return region.isAncestor(value.getParentRegion());
}

static bool isConstant(Value value) {
  return mlir::matchPattern(value, mlir::m_Constant());
}

// Reads `loop` as one that counts up: its condition compares a carried value
// with one from outside or a constant, and its end adds a constant to it.
static std::optional<Counting> counting(mlir::scf::WhileOp loop) {
  mlir::Block *before = loop.getBeforeBody();
  auto condition = loop.getConditionOp();
  if (!llvm::equal(condition.getArgs(), before->getArguments()))
    return std::nullopt;
  auto compare = condition.getCondition().getDefiningOp<mlir::arith::CmpIOp>();
  if (!compare || (isInside(compare.getRhs(), loop.getBefore()) &&
                   !isConstant(compare.getRhs())))
    return std::nullopt;
  Value counted = compare.getLhs();
  if (auto wide = counted.getDefiningOp<mlir::arith::ExtSIOp>())
    counted = wide.getIn(); // an int that counts to 64 bits
  auto counter = dyn_cast<mlir::BlockArgument>(counted);
  if (!counter || counter.getOwner() != before)
    return std::nullopt;
  for (mlir::Operation &op : before->without_terminator())
    if (!mlir::isPure(&op))
      return std::nullopt;
  unsigned at = counter.getArgNumber();
  auto add =
      loop.getYieldOp().getOperand(at).getDefiningOp<mlir::arith::AddIOp>();
  llvm::APInt step;
  if (!add || add.getLhs() != loop.getAfterArguments()[at] ||
      !mlir::matchPattern(add.getRhs(), mlir::m_ConstantInt(&step)) ||
      !step.isStrictlyPositive())
    return std::nullopt;
  Counting count{at, compare.getRhs(), step.getSExtValue(), true};
  using Predicate = mlir::arith::CmpIPredicate;
  switch (compare.getPredicate()) {
  case Predicate::slt:
    return count;
  case Predicate::ult:
    count.isSigned = false;
    return count;
  case Predicate::ne: // it meets the bound or goes on for ever
    return step == 1 ? std::optional(count) : std::nullopt;
  default:
    return std::nullopt;
  }
}

// The same loop as scf.for; gives what its results became.
static llvm::SmallVector<Value> toFor(mlir::OpBuilder &builder,
                                      mlir::scf::WhileOp loop,
                                      const Counting &count) {
  mlir::Location loc = loop.getLoc();
  builder.setInsertionPoint(loop);
  llvm::SmallVector<Value> inits(loop.getInits());
  Value first = inits[count.counter];
  inits.erase(inits.begin() + count.counter);
  Value bound = count.bound;
  if (isInside(bound, loop.getBefore()))
    bound = builder.clone(*bound.getDefiningOp())->getResult(0);
  mlir::Type own = first.getType(), type = bound.getType();
  if (own != type)
    first = builder.createOrFold<mlir::arith::ExtSIOp>(loc, type, first);
  Value step =
      mlir::arith::ConstantIntOp::create(builder, loc, type, count.step);
  auto result =
      mlir::scf::ForOp::create(builder, loc, first, bound, step, inits);
  if (!count.isSigned)
    result.setUnsignedCmp(true);
  mlir::Block *from = loop.getAfterBody(), *to = result.getBody();
  if (!to->empty())
    to->back().erase();
  auto narrowed = [&](Value counter) -> Value {
    return own == type
               ? counter
               : mlir::arith::TruncIOp::create(builder, loc, own, counter);
  };
  builder.setInsertionPointToStart(to);
  unsigned carried = 0;
  for (auto [i, argument] : llvm::enumerate(from->getArguments()))
    argument.replaceAllUsesWith(i == count.counter
                                    ? narrowed(result.getInductionVar())
                                    : result.getRegionIterArg(carried++));
  to->getOperations().splice(to->end(), from->getOperations());
  to->getTerminator()->eraseOperand(count.counter);
  // The counter ends where it first misses the bound:
  // first + ceil((last - first) / step) * step.
  builder.setInsertionPointAfter(loop);
  Value last =
      count.isSigned
          ? builder.createOrFold<mlir::arith::MaxSIOp>(loc, first, bound)
          : builder.createOrFold<mlir::arith::MaxUIOp>(loc, first, bound);
  if (count.step != 1) {
    Value distance =
        builder.createOrFold<mlir::arith::SubIOp>(loc, last, first);
    Value turns =
        builder.createOrFold<mlir::arith::CeilDivUIOp>(loc, distance, step);
    last = builder.createOrFold<mlir::arith::AddIOp>(
        loc, first,
        builder.createOrFold<mlir::arith::MulIOp>(loc, turns, step));
  }
  last = narrowed(last);
  llvm::SmallVector<Value> results;
  carried = 0;
  for (unsigned i = 0; i < loop.getNumResults(); ++i)
    results.push_back(i == count.counter ? last : result.getResult(carried++));
  loop.erase();
  return results;
}

void Importer::emitLoop(const LoopShape &shape,
                        llvm::ArrayRef<Object *> carried) {
  mlir::Location place = location(shape.at);
  llvm::SmallVector<Value> inits;
  llvm::SmallVector<mlir::Type> carriedTypes;
  for (Object *leaf : carried) {
    mlir::Type type = types.leafOf(leaf->type);
    carriedTypes.push_back(type);
    inits.push_back(leaf->value
                        ? leaf->value
                        : mlir::ub::PoisonOp::create(builder, place, type));
  }
  auto made = mlir::scf::WhileOp::create(builder, place, carriedTypes, inits);
  llvm::SmallVector<mlir::Location> places(carried.size(), place);
  mlir::Block *before =
      builder.createBlock(&made.getBefore(), {}, carriedTypes, places);
  auto enter = [&](mlir::Block *block) {
    for (auto [leaf, argument] :
         llvm::zip_equal(carried, block->getArguments()))
      leaf->value = argument;
  };
  auto values = [&] {
    llvm::SmallVector<Value> all;
    for (Object *leaf : carried)
      all.push_back(leaf->value);
    return all;
  };
  std::size_t outer = live.size();
  enter(before);
  if (shape.bodyFirst)
    loopBody(shape);
  Value goesOn = loopCondition(shape);
  live.resize(outer);
  mlir::scf::ConditionOp::create(builder, place, goesOn, values());
  mlir::Block *after =
      builder.createBlock(&made.getAfter(), {}, carriedTypes, places);
  enter(after);
  if (!shape.bodyFirst)
    loopBody(shape);
  mlir::scf::YieldOp::create(builder, place, values());
  live.resize(outer);
  builder.setInsertionPointAfter(made);
  llvm::SmallVector<Value> results(made.getResults());
  if (auto count = counting(made))
    results = toFor(builder, made, *count);
  for (auto [leaf, result] : llvm::zip_equal(carried, results))
    leaf->value = result;
}
