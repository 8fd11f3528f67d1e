// Photos that people send: what they are by their bytes, and without what they tell of their
// maker. Depends on storage's blobs. Private to storefront.
#pragma once

#include <fondaco/base/result.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace fondaco::storefront {

inline constexpr std::size_t kPhotoBytesMost = 8 << 20;

enum class PhotoRefusal {
  no_photo,   // Not JPEG, PNG or WebP by its bytes, or its parts do not fit together.
  too_large,  // Above kPhotoBytesMost.
};

struct Photo {
  std::string bytes;
  std::string extension;  // jpg, png, webp
};

/// The same picture without EXIF (place, time, camera), XMP, comments and texts; of EXIF only the
/// orientation of a JPEG is kept, without which it would lie on its side. Pixels are not touched.
Result<Photo, PhotoRefusal> clean_photo(std::string_view bytes);

}  // namespace fondaco::storefront
