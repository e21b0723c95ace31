#include "mpcstats/base/declassify.h"

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif

namespace mpcstats::ct {

void DeclassifyBytes([[maybe_unused]] const void* data, [[maybe_unused]] std::size_t size) {
#ifdef VALGRIND_MAKE_MEM_DEFINED
  VALGRIND_MAKE_MEM_DEFINED(data, size);
#endif
}

}  // namespace mpcstats::ct
