#include "mpcstats/circuit/circuit.h"

namespace mpcstats {

std::vector<Circuit::Layer> Circuit::Layers() const {
  std::vector<Layer> layers;
  layers.reserve(layer_ends_.size());
  std::size_t begin = 0;
  for (const LayerEnd& end : layer_ends_) {
    layers.push_back({gates().subspan(begin, end.free_end - begin),
                      gates().subspan(end.free_end, end.and_end - end.free_end)});
    begin = end.and_end;
  }
  return layers;
}

}  // namespace mpcstats
