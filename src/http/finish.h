// From a handler's answer to what goes onto the wire. Depends on call.h, compress.h.
#pragma once

#include "call.h"
#include "compress.h"

namespace fondaco::http {

using HeaderSink = storage::FunctionRef<void(std::string_view name, std::string_view value)>;

/// Entity tag, 304, compression and the headers that every answer carries; a header that the
/// handler has set wins. Changes call.response() (status and body); gives all headers but length,
/// date and connection to `sink`. HTTP thread. Cost: one pass over a body of a 200 GET.
void finish(Call& call, CompressedCache& cache, HeaderSink sink);

/// 128 bits as hex in quotes. Not for secrets.
std::string entity_tag(std::string_view body);

}  // namespace fondaco::http
