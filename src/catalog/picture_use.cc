#include "picture_shapes.h"

namespace fondaco::catalog {
namespace {

constexpr Shape kShapes[] = {
    {"case", "|case|cases|sleeve|手机壳|保护套|", R"svg(
<rect x="250" y="120" width="300" height="540" rx="56" fill="$b"/>
<rect x="272" y="142" width="256" height="496" rx="40" fill="$l" fill-opacity=".45"/>
<rect x="290" y="160" width="120" height="120" rx="34" fill="$i"/>
<circle cx="326" cy="196" r="20" fill="$d"/><circle cx="374" cy="244" r="20" fill="$d"/>)svg"},
    {"headphones", "|headphone|headphones|earphone|earphones|earbuds|headset|耳机|", R"svg(
<path fill="none" stroke="$c" stroke-width="40" d="M200 480V400a200 200 0 0 1 400 0v80"/>
<path fill="none" stroke="$l" stroke-width="10" d="M214 380a186 186 0 0 1 372 0"/>
<rect x="150" y="430" width="120" height="200" rx="50" fill="$b"/>
<rect x="530" y="430" width="120" height="200" rx="50" fill="$b"/>
<rect x="250" y="450" width="40" height="160" rx="20" fill="$i"/>
<rect x="510" y="450" width="40" height="160" rx="20" fill="$i"/>)svg"},
    {"speaker", "|speaker|speakers|soundbar|audio|radio|turntable|amplifier|音箱|音响|", R"svg(
<rect x="240" y="130" width="320" height="510" rx="50" fill="$b"/>
<circle cx="400" cy="460" r="120" fill="$i"/><circle cx="400" cy="460" r="84" fill="$d"/>
<circle cx="400" cy="460" r="34" fill="$l"/>
<circle cx="400" cy="240" r="62" fill="$i"/><circle cx="400" cy="240" r="34" fill="$d"/>)svg"},
    {"charger",
     "|charger|chargers|charging|cable|cables|adapter|plug|power bank|powerbank"
     "|battery|batteries|socket|充电|数据线|插座|电池|",
     R"svg(
<path fill="none" stroke="$d" stroke-width="22" stroke-linecap="round" d="M400 560c0 120-200 90-210
 0-8-80 60-110 60-190"/><rect x="290" y="250" width="220" height="310" rx="46" fill="$b"/>
<path fill="$i" d="M336 140h28v110h-28zM436 140h28v110h-28z"/>
<path fill="$a" d="M420 310l-80 110h56l-16 90 84-116h-58z"/>)svg"},
    {"camera",
     "|camera|cameras|lens|projector|projectors|rangefinder|polaroid|film|tripod|相机"
     "|摄影|镜头|投影|",
     R"svg(
<path fill="$d" d="M310 250l30-60h120l30 60z"/>
<rect x="140" y="250" width="520" height="350" rx="44" fill="$b"/>
<path fill="$i" d="M140 330h520v190H140z"/>
<circle cx="400" cy="430" r="140" fill="$d"/><circle cx="400" cy="430" r="104" fill="$i"/>
<circle cx="400" cy="430" r="66" fill="$l" fill-opacity=".5"/>
<circle cx="372" cy="402" r="20" fill="$p"/><circle cx="600" cy="292" r="18" fill="$a"/>
<rect x="190" y="228" width="80" height="26" rx="8" fill="$d"/>)svg"},
    {"laptop",
     "|laptop|laptops|notebook computer|computer|computers|keyboard|mouse|monitor"
     "|desktop|电脑|键盘|鼠标|显示器|",
     R"svg(
<rect x="180" y="200" width="440" height="310" rx="26" fill="$d"/>
<path fill="$i" d="M206 226h388v258H206z"/>
<path fill="$c" fill-opacity=".55" d="M206 226h388L206 484z"/>
<path fill="$b" d="M130 520h540l40 80c6 16-4 30-20 30H110c-16 0-26-14-20-30z"/>
<path fill="$d" d="M340 590h120v18H340z"/>)svg"},
    {"tablet", "|tablet|tablets|e-reader|e-paper|ebook|screen|tv|television|平板|电视|电子书|",
     R"svg(
<rect x="200" y="130" width="400" height="530" rx="44" fill="$b"/>
<rect x="226" y="156" width="348" height="478" rx="24" fill="$i"/>
<path fill="$c" fill-opacity=".6" d="M226 480c120-110 200 60 348-90v220c0 14-10 24-24 24H250c-14
 0-24-10-24-24z"/><circle cx="470" cy="270" r="50" fill="$a"/>)svg"},
    {"network",
     "|network|router|storage|drive|disk|usb|hub|smart home|sensor|thermostat"
     "|electronics|路由|硬盘|智能|数码|电子|",
     R"svg(
<path fill="none" stroke="$a" stroke-width="18" stroke-linecap="round" d="M290 270c60-60 160-60 220
 0M330 320c40-36 100-36 140 0"/><circle cx="400" cy="370" r="18" fill="$a"/>
<rect x="170" y="440" width="460" height="170" rx="46" fill="$b"/>
<path fill="$d" d="M220 610h70v30h-70zM510 610h70v30h-70z"/><g fill="$p">
<circle cx="240" cy="525" r="14"/><circle cx="290" cy="525" r="14"/>
<circle cx="340" cy="525" r="14"/></g>
<rect x="470" y="512" width="110" height="26" rx="13" fill="$d"/>)svg"},
    {"phone", "|phone|phones|smartphone|mobile|iphone|handset|手机|", R"svg(
<rect x="400" y="150" width="200" height="470" rx="40" fill="$d"/>
<rect x="426" y="176" width="84" height="92" rx="26" fill="$i"/>
<circle cx="452" cy="204" r="16" fill="$l"/><circle cx="484" cy="240" r="16" fill="$l"/>
<rect x="220" y="120" width="260" height="540" rx="46" fill="$b"/>
<rect x="236" y="136" width="228" height="508" rx="34" fill="$i"/>
<path fill="$c" fill-opacity=".75" d="M236 440c90-110 150 40 228-80v250c0 20-14 34-34 34H270c-20
 0-34-14-34-34z"/><rect x="310" y="154" width="80" height="18" rx="9" fill="$d"/>)svg"},
    {"helmet", "|helmet|helmets|头盔|", R"svg(
<path fill="$b" d="M130 520c0-190 120-310 290-310 150 0 250 110 250 240 0 40-10 70-30 70z"/>
<path fill="$i" d="M240 350c60-70 120-80 160-80l-20 60c-50 0-90 20-120 50zM430 270c60 4 110 30 140
 80l-40 30c-24-34-60-50-110-50zM230 430c120-60 260-60 370-10l10 50c-120-50-250-50-380 0z"/>
<path fill="none" stroke="$d" stroke-width="16" d="M260 520c30 110 160 130 210 0"/>)svg"},
    {"lock", "|lock|locks|padlock|safe|锁|", R"svg(
<path fill="none" stroke="$d" stroke-width="44" d="M280 380V300a120 120 0 0 1 240 0v80"/>
<rect x="210" y="370" width="380" height="280" rx="46" fill="$b"/>
<circle cx="400" cy="480" r="40" fill="$i"/><path fill="$i" d="M382 490h36l14 90h-64z"/>)svg"},
    {"tyre", "|tyre|tyres|tire|tires|tube|tubes|wheel|wheels|rim|轮胎|车轮|", R"svg(
<circle cx="400" cy="400" r="236" fill="none" stroke="$i" stroke-width="44"/>
<circle cx="400" cy="400" r="204" fill="none" stroke="$c" stroke-width="18"/>
<path stroke="$d" stroke-width="5" d="M400 196v408M196 400h408M256 256l288 288M544 256L256 544M322
 212l156 376M478 212L322 588M212 322l376 156M212 478l376-156"/>
<circle cx="400" cy="400" r="40" fill="$b"/>)svg"},
    {"saddle", "|saddle|saddles|坐垫|车座|", R"svg(
<path fill="$b" d="M140 330c40-60 150-50 230-20 90 30 190 20 270 40 50 14 40 60-10 66-110 10-210
 10-290 60-60 40-150 40-190-20-24-40-30-90-10-126z"/>
<path fill="none" stroke="$i" stroke-width="16" d="M230 470c60 60 200 40 330-60M380
490v150"/>)svg"},
    {"gear",
     "|gear|gears|chain|chains|crank|cassette|brake|brakes|pedal|pedals|fork|stem"
     "|handlebar|handlebars|grip|grips|parts|frameset|frame set|component|components|零件|配件|",
     R"svg(
<g fill="$b"><circle cx="400" cy="400" r="190"/>
<path d="M370 170h60l14 70h-88zM370 630h60l14-70h-88zM170 370v60l70 14v-88zM630 370v60l-70
 14v-88zM217 259l42-42 60 40-62 62zM583 541l-42 42-60-40 62-62zM259 583l-42-42 40-60 62 62zM541
217l42 42-40 60-62-62z"/></g>
<circle cx="400" cy="400" r="120" fill="$d"/><g fill="$l"><circle cx="400" cy="320" r="24"/>
<circle cx="400" cy="480" r="24"/><circle cx="320" cy="400" r="24"/>
<circle cx="480" cy="400" r="24"/></g><circle cx="400" cy="400" r="34" fill="$i"/>)svg"},
    {"tool",
     "|tool|tools|wrench|spanner|screwdriver|hammer|pump|workshop|repair|lubricant|hex"
     "|drill|工具|扳手|打气|",
     R"svg(
<path fill="$b" d="M250 150a110 110 0 0 0 60 190l190 300c20 30 60 20 66-6 2-10 0-20-6-30L380
 290a110 110 0 0 0-40-166l10 90-56 30z"/>
<path fill="$d" d="M520 150l60 20 10 90-160 240-60-40z"/>
<path fill="$a" d="M360 450l74 50-80 124c-14 20-40 24-58 12s-22-40-10-60z"/>)svg"},
    {"bicycle",
     "|bicycle|bicycles|bike|bikes|cycling|ebike|e-bike|tandem|tricycle|scooter"
     "|fixie|自行车|单车|骑行|",
     R"svg(
<g fill="none" stroke="$i" stroke-width="18"><circle cx="220" cy="510" r="124"/>
<circle cx="580" cy="510" r="124"/></g>
<path fill="none" stroke="$c" stroke-width="24" stroke-linejoin="round" stroke-linecap="round"
 d="M220 510l90-190h210l60 190M310 320l80 190H220M390 510l130-190"/>
<path fill="none" stroke="$d" stroke-width="16" stroke-linecap="round" d="M310 320l-16-50M520
 320l-20-80h60c30 0 30 40 4 40"/>
<path fill="$i" d="M244 252h100c14 0 10 24-4 24h-66c-20 0-36-10-30-24z"/>
<circle cx="390" cy="510" r="34" fill="$a"/>)svg"},
    {"record", "|record|records|vinyl|lp|music|cd|album|唱片|音乐|", R"svg(
<rect x="150" y="180" width="440" height="440" rx="10" fill="$b"/>
<circle cx="450" cy="400" r="200" fill="$i"/>
<g fill="none" stroke="$d" stroke-width="3" stroke-opacity=".7"><circle cx="450" cy="400" r="170"/>
<circle cx="450" cy="400" r="140"/><circle cx="450" cy="400" r="110"/></g>
<circle cx="450" cy="400" r="70" fill="$a"/><circle cx="450" cy="400" r="12" fill="$p"/>
<path fill="$b" d="M150 180h240v440H150z"/>
<path fill="$l" d="M190 220h120v14H190zM190 250h80v14h-80z"/>)svg"},
    {"book",
     "|book|books|novel|fiction|poetry|atlas|map|maps|notebook|journal|diary|magazine"
     "|stationery|travel|paper|书|图书|笔记|文具|",
     R"svg(
<path fill="$d" d="M230 160h330c20 0 30 10 30 30v440H260c-30 0-50-20-50-50V190c0-20 10-30 20-30z"/>
<path fill="$p" d="M250 570h320v44H262c-30 0-30-44-12-44z"/>
<path fill="$b" d="M230 140h340c14 0 20 6 20 20v410H260c-20 0-40 10-50 24V170c0-20 10-30 20-30z"/>
<path fill="$d" d="M210 170c0-20 10-30 20-30h30v430c-20 0-40 10-50 24z"/>
<path fill="$l" d="M320 230h200v20H320zM320 270h140v16H320z"/>
<circle cx="420" cy="420" r="56" fill="$a"/>)svg"},
    {"toy", "|toy|toys|game|games|puzzle|doll|lego|blocks|baby|children|child|玩具|积木|婴|儿童|",
     R"svg(
<rect x="180" y="440" width="200" height="200" rx="24" fill="$b"/>
<rect x="420" y="440" width="200" height="200" rx="24" fill="$a"/>
<rect x="300" y="220" width="200" height="200" rx="24" fill="$l"/>
<circle cx="280" cy="540" r="54" fill="$p"/>
<path fill="$p" d="M520 490l56 98H464zM350 270h100v100H350z"/>)svg"},
    {"pet", "|pet|pets|dog|cat|宠物|猫|狗|", R"svg(
<path fill="$b" d="M400 380c80 0 170 100 170 180 0 60-50 80-100 70-30-6-40-10-70-10s-40 4-70 10c-50
 10-100-10-100-70 0-80 90-180 170-180z"/><g fill="$d"><ellipse cx="210" cy="390" rx="52" ry="70"/>
<ellipse cx="330" cy="260" rx="54" ry="76"/><ellipse cx="470" cy="260" rx="54" ry="76"/>
<ellipse cx="590" cy="390" rx="52" ry="70"/></g>)svg"},
    {"ball", "|ball|sport|sports|fitness|yoga|gym|running|football|运动|健身|", R"svg(
<circle cx="400" cy="410" r="230" fill="$b"/>
<path fill="none" stroke="$p" stroke-width="14" d="M400 180c-90 130-90 330 0 460M170 410c130-90
 330-90 460 0M238 248c60 110 60 214 0 324M562 248c-60 110-60 214 0 324"/>)svg"},
};

}  // namespace

std::span<const Shape> things_to_use() { return kShapes; }

}  // namespace fondaco::catalog
