// What the system knows about this process.
#include <dirent.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>

#include "mpcstats/service/metrics.h"

namespace mpcstats {

namespace {

double ResidentBytes() {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen("/proc/self/statm", "re"), &std::fclose);
  unsigned long size = 0;
  unsigned long resident = 0;
  if (file == nullptr || std::fscanf(file.get(), "%lu %lu", &size, &resident) != 2) return 0;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double OpenFiles() {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc/self/fd"), &closedir);
  if (directory == nullptr) return 0;
  int count = -3;  // ".", ".." and the directory itself
  while (readdir(directory.get()) != nullptr) ++count;
  return count;
}

}  // namespace

void AddProcessMetrics(MetricsRegistry& metrics) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  metrics.AddGauge("mpcstats_process_start_time_seconds", "When the process started, in Unix time.")
      .Set(std::chrono::duration<double>(now).count());
  metrics.AddGauge("mpcstats_process_resident_bytes", "Memory in use.", &ResidentBytes);
  metrics.AddGauge("mpcstats_process_open_files", "Open file descriptors.", &OpenFiles);
}

}  // namespace mpcstats
