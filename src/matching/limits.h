// How much of a document is read. What is above is left out, never refused.
#pragma once

#include <cstddef>

namespace fondaco::matching::limits {

inline constexpr std::size_t kTitleBytes = 1'000;
inline constexpr std::size_t kTitles = 16;
inline constexpr std::size_t kDescriptionBytes = 32 * 1024;
inline constexpr std::size_t kValueBytes = 200;
inline constexpr std::size_t kCategorySteps = 8;
inline constexpr std::size_t kTags = 100;
inline constexpr std::size_t kAttributes = 256;
inline constexpr std::size_t kMerchants = 256;
inline constexpr std::size_t kCodes = 2'000;  // SKUs, and again GTINs.
inline constexpr std::size_t kPrices = 32;
inline constexpr std::size_t kWords = 8'000;  // With repetitions.

}  // namespace fondaco::matching::limits
