// A script of reads over bytes: a failed read gives zeros, is never forgotten, and what was read writes the same bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "mpcstats/base/check.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

// The first byte says how many bytes of script follow; each picks a read. The rest is read.
void Run(ByteSpan input) {
  if (input.empty()) return;
  const std::size_t reads = std::min<std::size_t>(input[0], input.size() - 1);
  const ByteSpan script = input.subspan(1, reads);
  const ByteSpan bytes = input.subspan(1 + reads);
  Reader reader(bytes);
  Writer writer;
  for (const std::uint8_t step : script) {
    const bool failed_before = !reader.ok();
    const std::size_t left = reader.remaining();
    switch (step % 5) {
      case 0: writer.U8(reader.U8()); break;
      case 1: writer.U32(reader.U32()); break;
      case 2: writer.U64(reader.U64()); break;
      case 3: {
        const ByteSpan raw = reader.Raw(step);
        CHECK(raw.size() == (reader.ok() ? step : 0u));
        writer.Raw(raw);
        break;
      }
      case 4: {
        const std::string text = reader.String(step);
        CHECK(text.size() <= step);
        writer.String(text);
        break;
      }
    }
    CHECK(reader.remaining() <= left);
    if (failed_before) CHECK(!reader.ok() && reader.remaining() == left);
    if (!reader.ok()) break;
  }
  if (reader.ok()) {
    CHECK(writer.bytes().size() + reader.remaining() == bytes.size());
    CHECK(std::equal(writer.bytes().begin(), writer.bytes().end(), bytes.begin()));
  }
  const Status finished = reader.Finish("the fuzzed bytes");
  CHECK(finished.has_value() == (reader.ok() && reader.remaining() == 0));
  if (!finished) CHECK(finished.error().code() == ErrorCode::kProtocolViolation);
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpcstats::Run({data, size});
  return 0;
}
