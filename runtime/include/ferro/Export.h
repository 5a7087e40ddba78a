// What libferro.so exports.
#pragma once

#define FERRO_API __attribute__((visibility("default")))
