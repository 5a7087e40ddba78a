#include "Kernel.h"

#include <cctype>

namespace fuzz {

static bool isWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

static bool mentions(const std::string &text, const std::string &name) {
  for (std::size_t at = text.find(name); at != std::string::npos;
       at = text.find(name, at + 1)) {
    std::size_t end = at + name.size();
    if ((at == 0 || !isWordCharacter(text[at - 1])) &&
        (end == text.size() || !isWordCharacter(text[end])))
      return true;
  }
  return false;
}

bool mentions(const Statement &statement, const std::string &name) {
  return mentions(statement.text, name) || mentions(statement.body, name) ||
         mentions(statement.otherwise, name);
}

bool mentions(const std::vector<Statement> &statements,
              const std::string &name) {
  for (const Statement &each : statements)
    if (mentions(each, name))
      return true;
  return false;
}

static void print(std::string &out, const std::vector<Statement> &statements,
                  int depth) {
  const std::string margin(static_cast<std::size_t>(depth) * 2, ' ');
  for (const Statement &each : statements) {
    out += margin + each.text;
    if (each.isBlock) {
      out += " {\n";
      print(out, each.body, depth + 1);
      out += margin + "}";
      if (!each.otherwise.empty()) {
        out += " else {\n";
        print(out, each.otherwise, depth + 1);
        out += margin + "}";
      }
    }
    out += "\n";
  }
}

std::string printModule(const Kernel &kernel) {
  std::string out = "namespace [[cutile::module]] " + kernel.name +
                    " {\nusing namespace cutile;\n";
  print(out, kernel.functions, 0);
  out += "[[cutile::entry";
  out +=
      kernel.isUnsafe ? ", cutile::unsafe]] void kernel(" : "]] void kernel(";
  for (std::size_t i = 0; i < kernel.arguments.size(); ++i)
    out += (i ? ", " : "") + kernel.arguments[i].parameter;
  out += ") {\n";
  print(out, kernel.statements, 1);
  return out + "}\n} // namespace " + kernel.name + "\n\n";
}

std::string printProgram(const std::vector<Kernel> &kernels) {
  std::string out = "#include \"Compare.h\"\n\n", cases;
  for (const Kernel &each : kernels) {
    out += printModule(each);
    cases += "      {\"" + each.name +
             "\", [] {\n         return fuzz::verdict<" + each.name +
             "::kernel>(\n             " +
             (each.grid == "{}" ? "std::nullopt" : "cutile::Grid" + each.grid);
    for (const Argument &argument : each.arguments)
      cases += ",\n             " + argument.made;
    cases += ");\n       }},\n";
  }
  return out + "int main(int argc, char **argv) {\n  return fuzz::runAll({\n" +
         cases + "  }, argc, argv);\n}\n";
}

} // namespace fuzz
