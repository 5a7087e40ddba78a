// Classifies the held-out digits with a saved module: no compiler, and no
// source of the model.
//
//   digits-predict DIGITS.csv MODEL.ferro
#include "Digits.h"

#include <exception>
#include <iostream>

int main(int count, char **arguments) {
  if (count != 3) {
    std::cerr << "usage: " << arguments[0] << " DIGITS.csv MODEL.ferro\n";
    return 2;
  }
  try {
    Digits digits = readDigits(arguments[1]);
    ferro::TracedModule<float> forward = ferro::load<float>(arguments[2]);
    print(std::cout, digits,
          predictedClasses(forward(heldOutBatch(digits).images)));
  } catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
