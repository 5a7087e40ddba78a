#include "compiler/cpu/DebugLines.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/Support/Path.h"

using namespace mlir;

static LLVM::DIFileAttr fileOf(FileLineColLoc place) {
  StringRef path = place.getFilename().getValue();
  return LLVM::DIFileAttr::get(place.getContext(),
                               llvm::sys::path::filename(path),
                               llvm::sys::path::parent_path(path));
}

void ferro::cpu::keepLines(ModuleOp module) {
  MLIRContext *context = module.getContext();
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    auto place = dyn_cast<FileLineColLoc>(function.getLoc());
    if (!place || function.isExternal())
      continue;
    LLVM::DIFileAttr file = fileOf(place);
    auto unit = LLVM::DICompileUnitAttr::get(
        DistinctAttr::create(UnitAttr::get(context)),
        llvm::dwarf::DW_LANG_C_plus_plus_20, file,
        StringAttr::get(context, "FerroScript"), /*isOptimized=*/true,
        LLVM::DIEmissionKind::LineTablesOnly);
    auto type = LLVM::DISubroutineTypeAttr::get(context, {});
    auto flags = LLVM::DISubprogramFlags::Definition |
                 LLVM::DISubprogramFlags::Optimized;
    auto name = StringAttr::get(context, function.getSymName());
    auto scope = LLVM::DISubprogramAttr::get(
        context, DistinctAttr::create(UnitAttr::get(context)), unit, file, name,
        name, file, place.getLine(), place.getLine(), flags, type, {}, {});
    function->setLoc(FusedLoc::get({place}, scope, context));
  }
}
