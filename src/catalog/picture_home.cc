#include "picture_shapes.h"

namespace fondaco::catalog {
namespace {

constexpr Shape kShapes[] = {
    {"candle", "|candle|candles|tealight|incense|蜡烛|香薰|", R"svg(
<path fill="#f0a94a" d="M400 130c40 60 50 90 50 116a50 50 0 0 1-100 0c0-26 10-56 50-116z"/>
<path fill="$p" d="M400 200c18 30 22 44 22 56a22 22 0 0 1-44 0c0-12 4-26 22-56z"/>
<path stroke="$i" stroke-width="8" d="M400 280v40"/>
<rect x="310" y="320" width="180" height="320" rx="16" fill="$b"/>
<ellipse cx="400" cy="322" rx="90" ry="22" fill="$l"/>)svg"},
    {"bulb", "|bulb|bulbs|灯泡|", R"svg(
<path fill="#f2c66d" d="M400 150a160 160 0 0 1 90 292c-20 16-30 40-30 70H340c0-30-10-54-30-70a160
160 0
 0 1 90-292z"/>
<path fill="none" stroke="$p" stroke-width="10" d="M350 380l30-50 20 50 20-50 30 50"/>
<path fill="$b" d="M340 520h120v90l-30 40h-60l-30-40z"/>
<path fill="$d" d="M340 545h120v14H340zM340 585h120v14H340z"/>)svg"},
    {"bikelight",
     "|bike light|front light|rear light|headlight|taillight|torch|flashlight"
     "|dynamo|手电|车灯|",
     R"svg(
<path fill="#f2c66d" fill-opacity=".45" d="M470 330l210-90v320l-210-90z"/>
<rect x="150" y="340" width="250" height="120" rx="34" fill="$b"/>
<path fill="$d" d="M390 320h60c20 0 30 10 30 30v100c0 20-10 30-30 30h-60z"/>
<rect x="210" y="320" width="90" height="24" rx="12" fill="$d"/>
<path fill="$d" d="M230 460h90v100a45 45 0 0 1-90 0z"/>)svg"},
    {"lamp", "|lamp|lamps|light|lights|lantern|lighting|chandelier|pendant light|台灯|灯具|灯|",
     R"svg(
<path fill="#f2c66d" fill-opacity=".3" d="M300 370h200l120 270H180z"/>
<path stroke="$i" stroke-width="16" d="M400 370v240"/>
<path fill="$b" d="M310 150h180l90 220H220z"/>
<path fill="$l" fill-opacity=".5" d="M310 150h70l-60 220H220z"/>
<ellipse cx="400" cy="624" rx="120" ry="24" fill="$d"/>)svg"},
    {"teapot", "|teapot|tea pot|tea ware|kettle|gaiwan|紫砂|茶壶|茶具|", R"svg(
<path fill="none" stroke="$d" stroke-width="28" d="M580 400c110-40 120 140 10 140"/>
<path fill="$d" d="M240 470c-60-10-80-60-110-120l50-16c30 60 60 80 90 80z"/>
<path fill="$b" d="M230 430c0-90 70-130 180-130s180 40 180 130c0 110-50 210-90 210H320c-40
 0-90-100-90-210z"/><path fill="$d" d="M300 310c20-40 200-40 220 0z"/>
<circle cx="410" cy="268" r="24" fill="$d"/>)svg"},
    {"cup", "|cup|cups|mug|mugs|tumbler|espresso|杯|马克|", R"svg(
<path fill="none" stroke="$d" stroke-width="34" d="M540 360c120-20 120 180-10 170"/>
<path fill="$b" d="M220 280h340v240c0 70-50 120-120 120H340c-70 0-120-50-120-120z"/>
<ellipse cx="390" cy="282" rx="170" ry="34" fill="$d"/>
<ellipse cx="390" cy="288" rx="146" ry="24" fill="$i"/>
<path stroke="$i" stroke-opacity=".25" stroke-width="12" stroke-linecap="round" fill="none" d="M340
 220c-20-30 20-40 0-80M420 220c-20-30 20-40 0-80"/>)svg"},
    {"glass", "|glass|glasses|goblet|carafe|decanter|玻璃|酒杯|", R"svg(
<path fill="$b" fill-opacity=".75" d="M270 140h260c20 160-20 260-110
 280v190h-40V420c-90-20-130-120-110-280z"/>
<path fill="$c" d="M272 240h256c-8 110-50 160-128 160s-120-50-128-160z"/>
<ellipse cx="400" cy="624" rx="120" ry="22" fill="$d"/>
<path stroke="$p" stroke-opacity=".7" stroke-width="12" stroke-linecap="round" d="M310 190l10
 110"/>)svg"},
    {"pan", "|pan|pans|wok|skillet|pot|casserole|saucepan|cookware|kitchen|锅|厨具|厨房|餐厨|",
     R"svg(
<path fill="$b" d="M180 380h440v170c0 50-40 90-90 90H270c-50 0-90-40-90-90z"/>
<path fill="$d" d="M120 410h70v40h-70zM610 410h70v40h-70zM170 350h460v36H170z"/>
<path fill="$l" d="M220 350c20-90 340-90 360 0z"/>
<circle cx="400" cy="262" r="22" fill="$d"/>)svg"},
    {"plate", "|plate|plates|bowl|bowls|dish|dishes|tableware|platter|crockery|碗|盘|碟|餐具|",
     R"svg(
<ellipse cx="400" cy="590" rx="280" ry="50" fill="$d"/>
<path fill="$b" d="M160 380h480c0 130-90 240-180 250H340c-90-10-180-120-180-250z"/>
<ellipse cx="400" cy="382" rx="240" ry="52" fill="$l"/>
<ellipse cx="400" cy="390" rx="200" ry="38" fill="$d"/>)svg"},
    {"knife", "|knife|knives|cutlery|fork|spoon|board|chopping|刀|叉|勺|筷|", R"svg(
<rect x="180" y="180" width="440" height="460" rx="40" fill="$b"/>
<circle cx="560" cy="240" r="20" fill="$p"/>
<path fill="$p" d="M300 560c-40-120-30-240 30-330l20 330z"/>
<rect x="306" y="556" width="44" height="60" rx="10" fill="$i"/>
<path fill="$p" d="M430 250v110c0 40 24 50 24 50v206h32V410s24-10
 24-50V250h-16v96h-16v-96h-16v96h-16v-96z"/>)svg"},
    {"pillow",
     "|pillow|pillows|cushion|cushions|bedding|duvet|quilt|bed|mattress|sheet|sheets"
     "|床|被|枕|四件套|家纺|",
     R"svg(
<path fill="$d" d="M140 470h520v140c0 20-10 30-30 30H170c-20 0-30-10-30-30z"/>
<path fill="$b" d="M190 250c120-30 300-30 420 0 40 80 40 180 0 260-120 30-300 30-420 0-40-80-40-180
 0-260z"/>
<path fill="none" stroke="$l" stroke-width="8" stroke-dasharray="18 14" d="M220 280c110-24 250-24
 360 0 28 64 28 136 0 200-110 24-250 24-360 0-28-64-28-136 0-200z"/>)svg"},
    {"towel",
     "|towel|towels|linen|tablecloth|napkin|napkins|blanket|throw|rug|bath|textiles"
     "|curtain|毛巾|浴|地毯|毯|布艺|",
     R"svg(
<path fill="$d" d="M170 500h460c24 0 24 70 0 70H170c-24 0-24-70 0-70zM170 572h460c24 0 24 68 0
 68H170c-24 0-24-68 0-68z"/>
<path fill="$b" d="M170 350h460c30 0 30 74 0 74H170c-30 0-30-74 0-74zM170 426h460c28 0 28 72 0
 72H170c-28 0-28-72 0-72z"/>
<path fill="$l" d="M520 350h34v74h-34zM520 426h34v72h-34zM520 500h34v70h-34zM520
572h34v68h-34z"/>)svg"},
    {"sofa", "|sofa|couch|armchair|settee|沙发|", R"svg(
<path fill="$b" d="M200 280c0-30 20-50 50-50h300c30 0 50 20 50 50v180H200z"/>
<path fill="$d" d="M120 390c0-60 90-60 90 0v90h380v-90c0-60 90-60 90 0v190c0 20-10 30-30 30H150c-20
 0-30-10-30-30z"/>
<path fill="$l" d="M216 430h180v80H216zM404 430h180v80H404z"/>
<path fill="$i" d="M160 610h30v36h-30zM610 610h30v36h-30z"/>)svg"},
    {"chair",
     "|chair|chairs|stool|bench|furniture|table|desk|shelf|cabinet|drawers|wardrobe|椅"
     "|凳|桌|柜|家具|",
     R"svg(
<path fill="$b" d="M270 140h60l20 270h-60zM470 140h60l-20 270h-60z"/>
<path fill="$d" d="M285 190h230l-4 50H289zM292 290h216l-4 46H296z"/>
<path fill="$b" d="M240 400h320l20 60H220z"/>
<path fill="$d" d="M240 460h40l-16 190h-34zM520 460h40l10 190h-34z"/>)svg"},
    {"plant",
     "|plant|plants|flower|flowers|garden|outdoor|seed|seeds|cactus|bouquet|植物|花|园艺"
     "|",
     R"svg(
<path fill="#5d8a66" d="M400 460c-20-120-120-150-190-140 10 90 80 150 190 140zM400 460c20-160
 110-220 200-220-6 120-80 210-200 220zM400 440c-50-110-30-220 10-290 50 80 50 190-10 290z"/>
<path fill="#3f6b4d" d="M394 300h12v170h-12z"/>
<path fill="$b" d="M270 450h260l-34 170c-4 14-14 20-30 20H334c-16 0-26-6-30-20z"/>
<path fill="$d" d="M256 430h288v48H256z"/>)svg"},
    {"clock", "|clock|clocks|alarm|时钟|闹钟|", R"svg(
<circle cx="400" cy="400" r="240" fill="$b"/><circle cx="400" cy="400" r="196" fill="$p"/>
<path stroke="$i" stroke-width="18" stroke-linecap="round" fill="none" d="M400 400V260M400 400l96
 60"/>
<path stroke="$d" stroke-width="12" d="M400 220v30M400 550v30M220 400h30M550 400h30"/>
<circle cx="400" cy="400" r="16" fill="$a"/>)svg"},
    {"mirror", "|mirror|frame|picture|print|poster|镜|画|", R"svg(
<rect x="190" y="150" width="420" height="490" rx="14" fill="$b"/>
<path fill="$p" d="M230 190h340v410H230z"/>
<path fill="$l" d="M230 600l120-180 80 100 60-70 80 150z"/>
<circle cx="480" cy="290" r="40" fill="$a"/>)svg"},
    {"vase",
     "|vase|vases|decoration|decor|ornament|curiosities|sculpture|花瓶|摆件|装饰|居家|家居|home"
     "|",
     R"svg(
<path fill="none" stroke="#6f8f72" stroke-width="9" stroke-linecap="round" d="M400
 330c-10-80-50-110-80-170M400 330c0-90 10-130 20-200M400 330c16-70 60-90 90-140"/>
<circle cx="318" cy="150" r="30" fill="$a"/><circle cx="422" cy="120" r="34" fill="$l"/>
<circle cx="494" cy="180" r="28" fill="$a"/>
<path fill="$b" d="M350 300h100c0 60 20 80 60 130 50 70 10 210-60 210h-100c-70 0-110-140-60-210
 40-50 60-70 60-130z"/><path fill="$d" d="M340 290h120v26H340z"/>)svg"},
};

}  // namespace

std::span<const Shape> things_at_home() { return kShapes; }

}  // namespace fondaco::catalog
