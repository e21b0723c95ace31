#include "mpcstats/service/openapi.h"

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/service/http_api.h"
#include "mpcstats/service/openapi_document.h"

namespace mpcstats {

std::string_view OpenApiDocument() { return kOpenApiDocument; }

HttpResponse OpenApiResponse(const HttpRequest& request) {
  static const std::string tag = ToHex(ByteSpan(Sha256(AsBytes(kOpenApiDocument))).first(8));
  return TaggedJson(request, std::string(kOpenApiDocument), tag);
}

}  // namespace mpcstats
