#include "Allocations.h"

#include <cstdlib>
#include <new>

static thread_local std::size_t count = 0;

std::size_t ferro::test::allocations() { return count; }

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FERRO_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FERRO_TEST_SANITIZED 1
#endif
#endif

#ifdef FERRO_TEST_SANITIZED

// Sanitizers have an operator new of their own, and say when it is called.
extern "C" int __sanitizer_install_malloc_and_free_hooks(
    void (*allocated)(const volatile void *, std::size_t),
    void (*freed)(const volatile void *));

[[maybe_unused]] static const int installed =
    __sanitizer_install_malloc_and_free_hooks(
        [](const volatile void *, std::size_t) { ++count; },
        [](const volatile void *) {});

#else

void *operator new(std::size_t size) {
  ++count;
  if (void *memory = std::malloc(size ? size : 1))
    return memory;
  throw std::bad_alloc();
}
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, std::size_t) noexcept { std::free(memory); }

#endif
