// How long an upstream wants to be left alone.
#pragma once

#include "base/clock.hpp"
#include "platform/http/head.hpp"

namespace genai::providers {

// In whole seconds, rounded up; 0: it does not say, or nothing that makes sense: the past, a negative time, more than a week. Read are, the first that says something:
// `retry-after-ms` (OpenAI), `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3), and of `x-ratelimit-reset-requests` and `x-ratelimit-reset-tokens` (OpenAI
// "Rate limits in headers": "6m0s") the later one among those of which nothing remains.
int retry_after_s(const http::Fields& fields, WallTime now);

}  // namespace genai::providers
