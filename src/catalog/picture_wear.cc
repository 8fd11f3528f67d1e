#include "picture_shapes.h"

namespace fondaco::catalog {
namespace {

constexpr Shape kShapes[] = {
    {"boot", "|boot|boots|wellington|靴|", R"svg(
<path fill="$b" d="M300 190h150v270c70 20 140 40 150 110v50H300z"/>
<path fill="$d" d="M288 620h324v28H288z"/><path fill="$l" d="M300 190h150v40H300z"/>
<path stroke="$p" stroke-width="8" stroke-linecap="round" fill="none" d="M400 300h50M400 345h50M400
 390h50M405 435h50"/>)svg"},
    {"heel", "|heel|heels|pump|pumps|高跟|", R"svg(
<path fill="$b" d="M180 330c60 90 130 130 220 190 70 46 150 40 210 70 20 12 10 34-14 34-110
 0-190-4-250-50-50-40-80-80-110-100l-16 166h-24z"/>
<path fill="$d" d="M180 330c60 90 130 130 220 190-90-20-160-60-190-110z"/>)svg"},
    {"shoe",
     "|shoe|shoes|sneaker|sneakers|trainer|trainers|loafer|loafers|derby|oxford|sandal"
     "|sandals|slipper|slippers|clog|clogs|moccasin|鞋|",
     R"svg(
<path fill="$b" d="M150 420c50 20 90 10 130-30 40 70 110 110 200 130 90 20 170 30 180 100H150z"/>
<path fill="$p" d="M140 610h526v26c0 12-10 18-22 18H162c-14 0-22-8-22-20z"/>
<path fill="$d" d="M150 420c50 20 90 10 130-30l26 36c-50 40-110 50-156 44z"/>
<path stroke="$p" stroke-width="10" stroke-linecap="round" fill="none" d="M330 470l34-30M375
 500l32-32M424 522l28-32"/>)svg"},
    {"socks", "|sock|socks|stocking|stockings|tights|袜|", R"svg(
<path fill="$d" d="M430 180h120v250c0 60-40 80-90 120s-120 90-160 50 10-90 60-130c50-36 70-60
 70-110z"/>
<path fill="$b" d="M290 160h120v270c0 60-40 80-90 120s-120 90-160 50 10-90 60-130c50-36 70-60
 70-110z"/>
<path fill="$l" d="M290 160h120v50H290zM430 180h120v46H430z"/>
<path fill="$a" d="M290 236h120v20H290zM290 276h120v20H290z"/>)svg"},
    {"hat", "|hat|hats|cap|caps|beanie|beret|fedora|bonnet|帽|", R"svg(
<ellipse cx="400" cy="540" rx="280" ry="66" fill="$d"/>
<path fill="$b" d="M250 530c-6-130 20-260 90-270 30-4 40 16 60 16s30-20 60-16c70 10 96 140 90
 270-80 40-220 40-300 0z"/>
<path fill="$a" d="M250 480c90 34 210 34 300 0v50c-90 36-210 36-300 0z"/>)svg"},
    {"scarf", "|scarf|scarves|shawl|stole|围巾|披肩|", R"svg(
<path fill="$d" d="M430 330h130l30 300H450z"/>
<path fill="$b" d="M220 210c60-50 300-50 360 0 30 60 10 120-40 140-90 30-190 30-280
 0-50-20-70-80-40-140z"/>
<path fill="$b" d="M270 330h150l-20 310H250z"/>
<path fill="$l" d="M258 520h152l-3 28H256zM254 570h152l-2 24H252z"/>
<path stroke="$l" stroke-width="10" stroke-linecap="round" d="M255 644v30M295 644v30M335 644v30M375
 644v30"/>)svg"},
    {"gloves", "|glove|gloves|mitten|mittens|手套|", R"svg(
<path fill="$b" d="M300 640V420l-60-70c-20-30 20-70 50-44l40 40V210c0-40 50-40 54 0v110h10V180c0-40
 54-40 56 0v140h10V200c0-40 50-40 54 0v130h10v-80c0-36 46-36 48 0v210c0 60-20 90-32 110v70z"/>
<path fill="$d" d="M290 600h260v56H290z"/>)svg"},
    {"umbrella", "|umbrella|umbrellas|parasol|伞|", R"svg(
<path fill="none" stroke="$i" stroke-width="14" stroke-linecap="round" d="M400 140v450c0 60 90 60
 90 0"/>
<path fill="$b" d="M130 420c10-160 130-250 270-250s260 90 270 250c-40-40-94-40-134
 0-40-40-96-40-136 0-40-40-96-40-136 0-40-40-94-40-134 0z"/>
<path fill="$d" d="M400 170c-80 60-130 150-136 250-40-40-94-40-134 0 10-160 130-250
 270-250z"/>)svg"},
    {"bag",
     "|bag|bags|backpack|rucksack|tote|handbag|satchel|pannier|panniers|basket|baskets"
     "|purse|wallet|pouch|luggage|suitcase|briefcase|包|箱包|背包|钱包|",
     R"svg(
<path fill="none" stroke="$d" stroke-width="26" d="M290 330c0-190 220-190 220 0"/>
<path fill="$b" d="M190 320h420l34 300c2 20-10 30-28 30H184c-18 0-30-10-28-30z"/>
<path fill="$d" d="M190 320h420l10 90c-120 60-320 60-440 0z"/>
<rect x="370" y="412" width="60" height="64" rx="12" fill="$a"/>)svg"},
    {"watch", "|watch|watches|smartwatch|wearable|wearables|band|strap|bracelet|手表|手环|腕表|",
     R"svg(
<path fill="$d" d="M320 120h160l20 180H300zM300 500h200l-20 180H320z"/>
<rect x="260" y="260" width="280" height="280" rx="80" fill="$b"/>
<rect x="290" y="290" width="220" height="220" rx="56" fill="$i"/>
<path stroke="$p" stroke-width="12" stroke-linecap="round" fill="none" d="M400 400v-64M400 400l46
 30"/><circle cx="400" cy="400" r="12" fill="$a"/>
<rect x="540" y="370" width="20" height="60" rx="8" fill="$d"/>)svg"},
    {"glasses", "|glasses|sunglasses|spectacles|eyewear|goggles|眼镜|墨镜|", R"svg(
<g fill="none" stroke="$c" stroke-width="26">
<path d="M370 400c10-30 50-30 60 0M140 360l-20-40M660 360l20-40"/></g>
<rect x="120" y="330" width="250" height="190" rx="90" fill="$i" stroke="$c" stroke-width="24"/>
<rect x="430" y="330" width="250" height="190" rx="90" fill="$i" stroke="$c" stroke-width="24"/>
<path stroke="$p" stroke-opacity=".5" stroke-width="14" stroke-linecap="round" d="M180
 440l60-60M490 440l60-60"/>)svg"},
    {"jewel",
     "|ring|rings|necklace|necklaces|earring|earrings|jewellery|jewelry|pendant|brooch"
     "|bangle|首饰|项链|戒指|耳环|",
     R"svg(
<circle cx="400" cy="470" r="150" fill="none" stroke="$b" stroke-width="40"/>
<path fill="$a" d="M330 200h140l60 70-130 130-130-130z"/>
<path fill="$p" fill-opacity=".55" d="M330 200l30 70h-90zM470 200l60 70h-90z"/>
<path fill="$p" fill-opacity=".3" d="M360 270h80l-40 130z"/>)svg"},
    {"dress", "|dress|dresses|gown|skirt|skirts|裙|连衣裙|旗袍|", R"svg(
<path fill="$b" d="M310 130c10 60 30 80 90 80s80-20 90-80l50 20-20 150c-6 40-10 60 0 90l120
 250c-140 40-340 40-480 0l120-250c10-30 6-50 0-90l-20-150z"/>
<path fill="$d" d="M286 350c70 24 158 24 228 0l6 40c-70 26-170 26-240 0z"/>
<path stroke="$l" stroke-width="6" stroke-opacity=".6" fill="none" d="M350 410l-60 236M400
 414v246M450 410l60 236"/>)svg"},
    {"trousers", "|trouser|trousers|jeans|pants|shorts|leggings|chino|chinos|裤|", R"svg(
<path fill="$b" d="M270 150h260l50 500H450l-50-320-50 320H220z"/>
<path fill="$d" d="M270 150h260l6 56H264z"/>
<path stroke="$d" stroke-width="8" fill="none" d="M400 206v124M300 210c0 50-20 66-42 70M500 210c0
 50 20 66 42 70"/><circle cx="400" cy="180" r="12" fill="$a"/>)svg"},
    {"coat",
     "|coat|coats|jacket|jackets|parka|blazer|anorak|raincoat|waistcoat|gilet|vest|suit"
     "|外套|大衣|夹克|羽绒|西装|",
     R"svg(
<path fill="$d" d="M250 190l-110 70 20 300 80-4 20-240zM550 190l110 70-20 300-80-4-20-240z"/>
<path fill="$b" d="M310 140h180l80 60v450H230V200z"/>
<path fill="$l" d="M310 140l90 180-50 60-80-130zM490 140l-90 180 50 60 80-130z"/>
<path stroke="$d" stroke-width="8" d="M400 320v330"/><g fill="$a">
<circle cx="430" cy="430" r="13"/><circle cx="430" cy="500" r="13"/>
<circle cx="430" cy="570" r="13"/></g>
<path fill="$d" d="M262 500h84v16h-84zM470 500h76v16h-76z"/>)svg"},
    {"knit",
     "|jumper|jumpers|sweater|sweaters|cardigan|pullover|knit|knitwear|hoodie"
     "|sweatshirt|fleece|lounge|毛衣|卫衣|针织|",
     R"svg(
<path fill="$b" d="M320 170c40 30 120 30 160 0l110 50 80 340-90 20-50-190v220H270V390l-50 190-90-20
 80-340z"/>
<path fill="$d" d="M320 170c40 30 120 30 160 0l20 26c-60 44-140 44-200 0zM270 570h260v50H270zM134
 536l92 22-8 30-92-22zM666 536l-92 22 8 30 92-22z"/>
<path stroke="$l" stroke-width="8" stroke-opacity=".7" fill="none" d="M270 420l32 30 33-30 33 30
 32-30 32 30 33-30 33 30 32-30M270 470l32 30 33-30 33 30 32-30 32 30 33-30 33 30 32-30"/>)svg"},
    {"shirt",
     "|shirt|shirts|t-shirt|tee|blouse|blouses|top|tops|polo|jersey|tunic|clothing"
     "|fashion|apparel|clothes|babygrow|bodysuit|衬衫|t恤|上衣|服装|服饰|女装|男装|童装|",
     R"svg(
<path fill="$b" d="M310 160c30 60 150 60 180 0l120 50 70 160-100 50-40-70v270H260V350l-40 70-100-50
 70-160z"/>
<path fill="$d" d="M310 160c30 60 150 60 180 0l26 10c-40 86-192 86-232 0z"/>
<path fill="$l" fill-opacity=".8" d="M470 330h60v64h-60z"/>
<path stroke="$d" stroke-width="6" stroke-opacity=".6" fill="none" d="M260 350v-40M540
 350v-40"/>)svg"},
};

}  // namespace

std::span<const Shape> things_to_wear() { return kShapes; }

}  // namespace fondaco::catalog
