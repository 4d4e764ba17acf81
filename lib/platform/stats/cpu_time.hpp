// How much processor time this process has used.
#pragma once

namespace genai::stats {

// User and system time of all threads since the process began, in seconds. Any thread.
double process_cpu_seconds() noexcept;

}  // namespace genai::stats
