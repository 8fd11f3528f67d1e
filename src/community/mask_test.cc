#include <fondaco/community.h>

#include <gtest/gtest.h>

namespace fondaco::community {
namespace {

// What leads away from the shop is hidden, however it is written.
TEST(MaskContacts, HidesMailTelephonePlacesAndMessengers) {
  EXPECT_EQ(mask_contacts("write to anna@post.example please"), "write to ••• please");
  EXPECT_EQ(mask_contacts("call +49 (30) 123-45 67!"), "call •••!");
  EXPECT_EQ(mask_contacts("13812345678"), "•••");
  EXPECT_EQ(mask_contacts("see https://other.example/x or www.other.example"), "see ••• or •••");
  EXPECT_EQ(mask_contacts("WeChat:anna88 there"), "••• there");
  EXPECT_EQ(mask_contacts("加微信：anna88"), "•••");
}

// Prices, sizes, years, article numbers with letters and mere at-signs are what people talk about.
TEST(MaskContacts, LeavesWhatIsNoContact) {
  for (const char* text : {"2 x 4000 mAh for 199.00", "made in 2024", "SKU AB-1234567",
                           "5 @ 3 each", "28\" wheel", "尺码 42 有货吗？", "", " ", "a\nb"}) {
    EXPECT_EQ(mask_contacts(text), text);
  }
}

}  // namespace
}  // namespace fondaco::community
