#include "picture_shapes.h"

namespace fondaco::catalog {
namespace {

constexpr Shape kShapes[] = {
    {"coffee", "|coffee|espresso beans|beans|咖啡|", R"svg(
<path fill="$b" d="M240 200h320l30 420c0 14-8 20-20 20H230c-12 0-20-6-20-20z"/>
<path fill="$d" d="M240 150h320v66H240z"/>
<rect x="290" y="300" width="220" height="220" rx="20" fill="$p"/>
<ellipse cx="400" cy="410" rx="60" ry="82" transform="rotate(28 400 410)" fill="#5b3a29"/>
<path fill="none" stroke="$p" stroke-width="10" d="M430 340c-60 50 0 90-56 142"/>)svg"},
    {"tea", "|tea|teas|matcha|oolong|puer|茶|茶叶|", R"svg(
<rect x="240" y="240" width="320" height="400" rx="26" fill="$b"/>
<path fill="$d" d="M230 190h340v80H230z"/>
<rect x="280" y="330" width="240" height="230" rx="120" fill="$p"/>
<path fill="#5d8a66" d="M400 530c-90-40-90-120-40-170 60 40 80 100 40 170zM410 530c-10-70 30-130
 90-140 10 70-20 120-90 140z"/>)svg"},
    {"wine",
     "|wine|wines|beer|beers|spirit|spirits|whisky|liquor|champagne|cider|sake|baijiu|酒"
     "|酒水|啤酒|",
     R"svg(
<path fill="$b" d="M360 130h80v150c0 40 60 60 60 130v210c0 14-10 20-20 20H320c-10
 0-20-6-20-20V410c0-70 60-90 60-130z"/><path fill="$d" d="M354 120h92v70h-92z"/>
<path fill="$p" d="M300 440h200v120H300z"/>
<path fill="$a" d="M330 474h140v14H330zM350 506h100v14H350z"/>
<path stroke="$p" stroke-opacity=".45" stroke-width="10" stroke-linecap="round" d="M330
 420v-20c0-40 40-60 50-110"/>)svg"},
    {"milk", "|milk|dairy|yoghurt|yogurt|cream|oat drink|kefir|juice|牛奶|乳品|酸奶|果汁|", R"svg(
<path fill="$d" d="M270 270l60-100h140l60 100z"/><path fill="$p" d="M330 120h140v56H330z"/>
<path fill="$b" d="M270 270h260v350c0 14-6 20-20 20H290c-14 0-20-6-20-20z"/>
<path fill="$p" d="M270 430c90-60 170 60 260-10v120c-90 60-170-50-260 10z"/>)svg"},
    {"bottle",
     "|bottle|bottles|water|soda|lemonade|drink|drinks|oil|oils|sauce|sauces|vinegar"
     "|syrup|shampoo|lotion|perfume|饮料|水|油|酱|醋|",
     R"svg(
<path fill="$b" d="M350 190h100v70c0 40 70 60 70 130v230c0 14-10 20-20 20H300c-10
 0-20-6-20-20V390c0-70 70-90 70-130z"/>
<rect x="340" y="130" width="120" height="70" rx="14" fill="$d"/>
<path fill="$p" d="M280 420h240v130H280z"/><circle cx="400" cy="485" r="40" fill="$a"/>
<path stroke="$p" stroke-opacity=".5" stroke-width="10" stroke-linecap="round" d="M312 400c4-40
 40-60 56-100"/>)svg"},
    {"egg", "|egg|eggs|蛋|鸡蛋|", R"svg(
<ellipse cx="300" cy="430" rx="96" ry="130" fill="$p"/>
<ellipse cx="500" cy="430" rx="96" ry="130" fill="$l"/>
<ellipse cx="400" cy="410" rx="100" ry="136" fill="$b"/>
<path fill="$d" d="M160 500h480l-40 130c-4 8-10 10-20 10H220c-10 0-16-2-20-10z"/>)svg"},
    {"cheese", "|cheese|butter|tofu|奶酪|豆腐|黄油|", R"svg(
<path fill="$b" d="M160 470l330-220c80 10 140 70 150 220z"/>
<path fill="$d" d="M160 470h480v150c0 14-6 20-20 20H180c-14 0-20-6-20-20z"/><g fill="$l">
<circle cx="300" cy="560" r="36"/><circle cx="430" cy="530" r="24"/>
<circle cx="540" cy="576" r="40"/><circle cx="480" cy="380" r="30"/></g>)svg"},
    {"bread",
     "|bread|bakery|baguette|loaf|bun|buns|croissant|croissants|flatbread|rye|cake"
     "|cakes|pastry|面包|糕点|馒头|烘焙"
     "|",
     R"svg(
<path fill="$b" d="M150 400c-30-130 120-180 250-180s280 50 250 180c-10 40-30 50-40 60v160c0 14-6
 20-20 20H210c-14 0-20-6-20-20V460c-10-10-30-20-40-60z"/>
<path fill="none" stroke="$l" stroke-width="22" stroke-linecap="round" d="M270 300l50 90M370 280l50
 100M470 290l50 90"/>)svg"},
    {"noodles",
     "|noodle|noodles|pasta|ramen|spaghetti|rice|pulses|lentil|lentils|ready"
     "|dumpling|dumplings|soup|面|米|粉|饺子|粮油|",
     R"svg(
<path fill="none" stroke="$i" stroke-width="14" stroke-linecap="round" d="M430 380L620 150M480
 390l180-200"/>
<path fill="none" stroke="#e8c878" stroke-width="16" d="M210 390c30-90 90-90 120 0M290 390c30-110
100-110 130 0M390 390c30-90 100-90 130 0M470 390c20-60 80-60 110 0"/>
<path fill="$b" d="M150 390h500c0 130-90 240-190 250H340C240 630 150 520 150 390z"/>
<path fill="$d" d="M140 376h520v34H140z"/><path fill="$a" d="M180 460h440l-10 26H190z"/>)svg"},
    {"jar",
     "|jar|jars|tin|tins|can|cans|honey|jam|peanut butter|spread|spreads|salt|spice"
     "|spices|pepper"
     "|pickle|pantry|preserve|罐|蜂蜜|果酱|盐|调味|",
     R"svg(
<rect x="230" y="250" width="340" height="390" rx="50" fill="$b"/>
<rect x="250" y="170" width="300" height="90" rx="20" fill="$d"/>
<path fill="$p" d="M230 370h340v170H230z"/><circle cx="400" cy="455" r="52" fill="$a"/>
<path stroke="$p" stroke-opacity=".5" stroke-width="12" stroke-linecap="round" d="M270
 300v50"/>)svg"},
    {"sweet",
     "|chocolate|sweets|candy|biscuit|biscuits|cookie|cookies|snack|snacks"
     "|crisps|chips|nuts|popsicle|ice cream|巧克力|糖|零食|饼干|散食|坚果|",
     R"svg(
<rect x="230" y="150" width="340" height="490" rx="20" fill="#5b3a29"/><g fill="#6f4a36">
<rect x="254" y="176" width="136" height="96" rx="10"/>
<rect x="410" y="176" width="136" height="96" rx="10"/>
<rect x="254" y="288" width="136" height="80" rx="10"/>
<rect x="410" y="288" width="136" height="80" rx="10"/></g>
<path fill="$b" d="M216 380l30-24 30 24 31-24 31 24 31-24 31 24 31-24 31 24 31-24 31 24 30-24 30
 24v260c0 14-6 20-20 20H236c-14 0-20-6-20-20z"/>
<path fill="$a" d="M290 470h220v24H290zM320 516h160v18H320z"/>)svg"},
    {"frozen", "|frozen|ice|冷冻|冰|", R"svg(
<rect x="190" y="190" width="420" height="450" rx="30" fill="$b"/>
<g stroke="$p" stroke-width="18" stroke-linecap="round">
<path d="M400 260v310M266 337l268 156M534 337L266 493"/>
<path d="M370 285l30 30 30-30M370 545l30-30 30 30" fill="none"/></g>)svg"},
    {"vegetable",
     "|vegetable|vegetables|carrot|carrots|salad|tomato|tomatoes|peppers|root|peas"
     "|cabbage|mushroom|mushrooms"
     "|potato|potatoes|onion|pumpkin|aubergine|蔬菜|菜|萝卜|生鲜|",
     R"svg(
<path fill="#5d8a66" d="M410 300c-60-60-50-140-20-180 20 30 30 60 30 100 20-50 60-70 110-70-6 60-40
 110-100 130 40-10 80 0 110 20-40 30-90 30-130 0z"/>
<path fill="$b" d="M340 290c50-40 110-20 130 40 20 90-60 240-150 310-16 10-34 0-34-18 0-110 4-290
 54-332z"/>
<path fill="none" stroke="$d" stroke-width="10" stroke-linecap="round" d="M330 380l50 14M316 460l50
14M380 420l44 12M340 540l30 8"/>)svg"},
    {"banana", "|banana|bananas|plantain|香蕉|", R"svg(
<path fill="$d" d="M520 190l44-30 30 40-30 40c30 190-120 370-330 380-40 2-60-20-50-50z"/>
<path fill="$b" d="M520 190l44 40c10 170-120 300-330 330-40 10-70 0-80-20 200-20 350-150 366-350z"/>
<path fill="$i" d="M520 190l44-30 30 40-30 30zM154 540c-16 20-8 40 20 44l12-34z"/>)svg"},
    {"citrus",
     "|orange|oranges|lemon|lemons|lime|limes|grapefruit|mandarin|clementines|橙|柠檬"
     "|",
     R"svg(
<circle cx="470" cy="440" r="200" fill="$b"/>
<path fill="#5d8a66" d="M470 244c20-70 90-100 150-84-10 70-70 100-150 84z"/>
<circle cx="310" cy="500" r="150" fill="$d"/><circle cx="310" cy="500" r="128" fill="$p"/>
<g fill="$b"><path d="M310 490l-50-90a112 112 0 0 1 100 0zM320 496l50-88a112 112 0 0 1 50 84z"/>
<path d="M320 508l100 4a112 112 0 0 1-54 80zM310 512l46 86a112 112 0 0 1-94 0z"/>
<path d="M300 508l-50 84a112 112 0 0 1-52-80zM300 496l-102-4a112 112 0 0 1 50-84z"/></g>)svg"},
    {"fruit",
     "|fruit|fruits|apple|apples|pear|pears|banana|orange|oranges|berry|berries|lemon"
     "|lemons|grape|grapes|mango|peach|水果|苹果|",
     R"svg(
<path fill="#5d8a66" d="M410 250c10-80 80-110 150-100-10 80-70 120-150 100z"/>
<path stroke="#6b4a35" stroke-width="16" stroke-linecap="round" fill="none" d="M400
 290c0-60-10-90-30-120"/>
<path fill="$b" d="M400 290c60-50 220-40 220 130 0 110-90 230-160 230-26 0-40-12-60-12s-34 12-60
 12c-70 0-160-120-160-230 0-170 160-180 220-130z"/>
<path fill="$p" fill-opacity=".35" d="M240 400c0-50 30-80 66-86-30 40-40 70-40 120z"/>)svg"},
    {"clean",
     "|household|cleaning|soap|detergent|washing|spray|brush|toilet|tissue|sponge"
     "|beauty|cosmetics|care|洗化|清洁|洗|美妆|护肤|百货|日用|",
     R"svg(
<path fill="$d" d="M330 150h150c40 0 60 20 70 60l-60 10v50H350v-50h-60v-40z"/>
<path fill="$b" d="M350 270h140c50 50 70 110 70 180v170c0 14-6 20-20 20H300c-14
 0-20-6-20-20V450c0-70 20-130 70-180z"/><path fill="$p" d="M300 440h240v130H300z"/>
<g fill="$a"><circle cx="380" cy="520" r="28"/><circle cx="440" cy="490" r="20"/>
<circle cx="464" cy="534" r="14"/></g>
<path stroke="$c" stroke-opacity=".5" stroke-width="8" stroke-linecap="round" d="M240
 176l-50-20M236 200h-60M240 224l-50 20"/>)svg"},
    {"groceries", "|food|foods|grocery|groceries|drink|食品|饮食|杂货|", R"svg(
<path fill="#5d8a66" d="M300 330c-50-70-30-140 10-180 30 60 40 120 10 180z"/>
<path fill="#e8c878" d="M420 130c30-20 60 0 60 40v190h-80V190c0-30 6-50 20-60z"/>
<circle cx="540" cy="300" r="60" fill="$a"/>
<path fill="$b" d="M210 320h380l-20 300c0 14-8 20-20 20H250c-12 0-20-6-20-20z"/>
<path fill="$d" d="M210 320h380l-4 60H214z"/>)svg"},
    {"box", "", R"svg(
<path fill="$b" d="M180 330l220 90v230l-220-90z"/>
<path fill="$d" d="M620 330l-220 90v230l220-90z"/>
<path fill="$l" d="M400 240l220 90-220 90-220-90z"/>
<path fill="$a" d="M290 285l220 90v70l-50 20v-70l-220-90z"/>)svg"},
};

}  // namespace

std::span<const Shape> things_to_eat() { return kShapes; }

}  // namespace fondaco::catalog
