// Walks the tree of a kernel as the program would run it, with values of the
// dialect where the program has numbers and tiles.
//
// Variables are Objects. A branch on a value that is not known runs both ways,
// and what they leave different becomes a result of scf.if; a loop runs once to
// see what it assigns, and once more with that carried. `break`, `continue` and
// `return` set flags, and what follows runs where none is set.
#pragma once

#include "compiler/fromSource/Attributes.h"
#include "compiler/importer/Import.h"
#include "compiler/importer/Objects.h"
#include "compiler/tile/Tile.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include "mlir/IR/Builders.h"

#include <exception>

namespace ferro::importer {

/// What the tile language does not have, and where.
struct Refusal {
  clang::SourceLocation at;
  std::string text;
};

class Importer {
public:
  Importer(fromSource::ParsedKernel &parsed, mlir::ModuleOp module,
           const KernelFacts &facts);

  void run(const clang::FunctionDecl *kernel, llvm::StringRef symbol);
  /// "FILE:LINE:COLUMN: error: TEXT", with notes through inlined functions.
  std::string describe(const Refusal &refusal) const;

private:
  using Expr = clang::Expr;
  using Stmt = clang::Stmt;
  using QualType = clang::QualType;
  using Value = mlir::Value;
  template <typename T> using Range = llvm::ArrayRef<T>;
  using Work = llvm::function_ref<void()>;

  // A function that is being inlined.
  struct Frame {
    const clang::FunctionDecl *function = nullptr;
    clang::SourceLocation call;
    Object *self = nullptr;
    Object *result = nullptr;
    Object *returned = nullptr; // a flag
    llvm::DenseMap<const clang::ValueDecl *, Object *> variables;
    llvm::SmallVector<Object *> breaks, continues; // flags, innermost last
  };

  [[noreturn]] void refuseChoice(const Object *object,
                                 clang::SourceLocation at) const;
  [[noreturn]] void refuse(clang::SourceLocation at, std::string text) const;

  // --- objects (Variables.cpp)
  Object *make(QualType type, clang::SourceLocation at);
  void addParts(Object *object, clang::SourceLocation at);
  Object *makeFlag();
  void copy(const Object *from, Object *to, clang::SourceLocation at);
  Value tileOf(Value number);
  Object *field(Object *record, const clang::FieldDecl *field) const;
  Object *base(Object *record, QualType base) const;
  Object *target(Object *object) const;
  void fromConstant(const clang::APValue &value, Object *to,
                    clang::SourceLocation at);
  Object *variable(const clang::ValueDecl *declaration,
                   clang::SourceLocation at);
  Value read(const Object *leaf, clang::SourceLocation at);
  Object *inMemory(Value address, QualType type);
  void leavesOf(Object *object, llvm::SmallVectorImpl<Object *> &leaves) const;

  // --- expressions (Expressions.cpp)
  Value scalar(const Expr *expr);
  Value castScalar(const clang::CastExpr *cast);
  Value binary(const clang::BinaryOperator *op);
  Value arithmetic(clang::BinaryOperatorKind kind, QualType type, Value a,
                   Value b, clang::SourceLocation at);
  Value compare(clang::BinaryOperatorKind kind, QualType type, Value a, Value b,
                clang::SourceLocation at);
  Value divide(bool isRemainder, bool isSigned, Value a, Value b);
  Value unary(const clang::UnaryOperator *op);
  Value convert(Value value, QualType from, QualType to,
                clang::SourceLocation at);
  Value toBool(Value value);
  Object *assign(const clang::BinaryOperator *op);
  Value assigned(Object *to, Value value, clang::SourceLocation at);
  Value compound(const clang::CompoundAssignOperator *op);
  Object *lvalue(const Expr *expr);
  Object *objectOf(const Expr *expr);
  Object *element(const clang::ArraySubscriptExpr *subscript);
  void evaluate(const Expr *expr, Object *to);
  void initialize(const Expr *expr, Object *to);
  void initializeList(const clang::InitListExpr *list, Object *to);
  void initializeLambda(const clang::LambdaExpr *lambda, Object *to);
  void zeroInitialize(Object *object, clang::SourceLocation at);
  void construct(const clang::CXXConstructExpr *expr, Object *to);
  void discard(const Expr *expr);
  bool constant(const Expr *expr, Object *to);
  void conditional(const clang::AbstractConditionalOperator *choice,
                   Object *to);

  // --- calls (Calls.cpp)
  void call(const clang::CallExpr *call, Object *to);
  bool isOperation(const clang::CallExpr *call) const;
  Object *callReference(const clang::CallExpr *call);
  void inlineFunction(const clang::FunctionDecl *function, Object *self,
                      Range<Object *> arguments, Object *result,
                      clang::SourceLocation at);
  void invoke(const clang::FunctionDecl *function, Object *self,
              Range<Object *> arguments, Object *to, clang::SourceLocation at);
  Object *argument(const clang::ParmVarDecl *parameter, const Expr *expr);
  void bindCaptures(const clang::CXXMethodDecl *method, Frame &frame) const;

  // --- statements (Statements.cpp)
  void statement(const Stmt *stmt);
  void sequence(clang::CompoundStmt::const_body_iterator first,
                clang::CompoundStmt::const_body_iterator last);
  void declare(const clang::VarDecl *variable);
  void branch(Value condition, clang::SourceLocation at, Work yes, Work no);
  Value isLeft();
  struct LoopShape {
    clang::SourceLocation at;
    llvm::function_ref<Value()> condition; // null: holds
    Work body, step;                       // step: may be null
    bool bodyFirst = false;
  };
  void loop(const LoopShape &shape);
  llvm::SmallVector<Object *> assignedBy(const LoopShape &shape);
  Value loopCondition(const LoopShape &shape);
  void loopBody(const LoopShape &shape);
  bool hasFewTurns(const LoopShape &shape);
  void unroll(const LoopShape &shape);
  void emitLoop(const LoopShape &shape, Range<Object *> carried);
  void returns(const clang::ReturnStmt *stmt);
  void switches(const clang::SwitchStmt *stmt);

  // --- operations (Operations.cpp)
  struct Operation {
    llvm::StringRef name;
    const clang::FunctionDecl *function;
    Range<Object *> arguments;
    Object *result;
    clang::SourceLocation at;
  };
  void operation(const Operation &op);
  friend struct Operations;

  // --- the kernel's own parameters (Import.cpp)
  void precondition(const clang::FunctionDecl *kernel,
                    const fromSource::Precondition &which);
  mlir::Type tensorType(const clang::ClassTemplateSpecializationDecl *view,
                        bool isBlocks, const artifact::ArgumentFacts &fact);
  void useGrid(tile::KernelOp kernel, Range<std::int64_t> grid);
  llvm::SmallVector<std::int64_t>
  extentsOf(const clang::ClassTemplateSpecializationDecl *view);
  void
  placedLeaves(Object *object, std::int64_t start,
               llvm::SmallVectorImpl<std::pair<Object *, std::int64_t>> &leaves,
               clang::SourceLocation at) const;
  llvm::SmallVector<Value> extentsOfTensor(Value tensor);
  Value blockOf(Value tensor, Range<Value> tile);

  // --- values
  mlir::Location location(clang::SourceLocation at) const;
  template <typename Op, typename... Args> Value emit(Args &&...args) {
    return builder.createOrFold<Op>(here, std::forward<Args>(args)...);
  }
  Value integer(mlir::Type type, std::int64_t value);
  Value number(mlir::Type type, double value);
  Value negated(Value truth);
  Value toIndex(Value value);
  Value fromIndex(Value value);
  static std::optional<std::int64_t> known(Value value);

  fromSource::ParsedKernel &parsed;
  clang::ASTContext &ast;
  mlir::ModuleOp module;
  const KernelFacts &facts;
  mlir::OpBuilder builder;
  mlir::Location here; // of what is being emitted
  TypeMap types;

  std::deque<Object> objects;
  std::vector<Object *> live;    // leaves whose values branches and loops merge
  std::vector<Object *> handles; // of other objects
  std::vector<std::unique_ptr<Frame>> frames;
  llvm::SmallVector<Value> ids; // of the block
  mlir::Block *kernelBlock = nullptr;
  bool isUnchecked = false; // unchecked_accesses

  Frame &frame() { return *frames.back(); }
};

} // namespace ferro::importer
