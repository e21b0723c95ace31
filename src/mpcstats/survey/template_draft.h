// A first template from a saved response: `mpcstats template new` fills in the rest.
#pragma once

#include <string>
#include <vector>

#include "mpcstats/survey/template_match.h"

namespace mpcstats {

struct DraftField {
  std::string name;  ///< of the column
  ByteRange bytes;   ///< of its value in the response, without quotes
};

struct DraftRequest {
  std::string host;
  std::string target;  ///< with <<name>> marks where secrets stand
  std::vector<std::string> headers;
  std::vector<std::string> secrets;  ///< names of the marks
};

/// A template file that matches `response`, with a hole for each field: a number where the text is one (with room for more digits
/// than it has, and its own count behind the point), else a text or a skip. Header values that change with every request (Date,
/// Set-Cookie, ids) are public unless named in hidden_headers: Set-Cookie is named, as it is a credential.
///
/// What changes between two responses and is no field has to be marked by a person; the draft says so in a comment.
/// Errors: kInvalidArgument when the response's head does not keep the rules, a field is outside of the body or overlaps
///         another, or what results is no template: a sentence of ParseTemplate.
[[nodiscard]] Result<std::string> DraftTemplate(const DraftRequest& request, ByteSpan response,
                                                const std::vector<DraftField>& fields);

}  // namespace mpcstats
