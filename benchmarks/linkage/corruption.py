"""What people make of company names. Its own small tables: nothing here comes from the matcher or the normaliser."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

CITIES = [
    "广州",
    "深圳",
    "东莞",
    "佛山",
    "中山",
    "珠海",
    "惠州",
    "汕头",
    "北京",
    "上海",
    "天津",
    "重庆",
    "杭州",
    "宁波",
    "温州",
    "南京",
    "苏州",
    "无锡",
    "武汉",
    "长沙",
    "成都",
    "西安",
    "青岛",
    "济南",
    "郑州",
    "合肥",
    "福州",
    "厦门",
    "南昌",
    "昆明",
    "沈阳",
    "大连",
    "哈尔滨",
    "石家庄",
    "太原",
    "南宁",
    "贵阳",
    "兰州",
    "海口",
]
PROVINCES = ["广东", "浙江", "江苏", "山东", "河南", "四川", "湖北", "湖南", "福建", "安徽"]
TRADES = [
    "科技",
    "网络科技",
    "信息技术",
    "电子科技",
    "生物科技",
    "新能源科技",
    "环保科技",
    "智能科技",
    "贸易",
    "商贸",
    "进出口",
    "国际贸易",
    "实业",
    "投资",
    "投资管理",
    "资产管理",
    "财富管理",
    "股权投资",
    "融资租赁",
    "商业保理",
    "小额贷款",
    "融资担保",
    "金融信息服务",
    "咨询",
    "企业管理咨询",
    "商务咨询",
    "教育咨询",
    "文化传播",
    "文化传媒",
    "广告",
    "影视文化",
    "旅游",
    "餐饮管理",
    "食品",
    "农业发展",
    "生态农业",
    "建筑工程",
    "装饰设计",
    "房地产开发",
    "物业管理",
    "物流",
    "供应链管理",
    "医疗器械",
    "医药",
    "健康管理",
    "养老服务",
    "美容",
    "服饰",
    "家具",
    "五金制品",
    "塑胶制品",
    "机电设备",
    "机械设备",
    "汽车服务",
    "电子商务",
    "人力资源",
    "知识产权",
    "体育发展",
    "宠物用品",
    "烘焙",
    "电竞",
    "婚庆礼仪",
    "跨境电商",
    "花艺",
]
FORMS = (
    "有限公司",
    "有限公司",
    "有限公司",
    "有限公司",
    "有限公司",
    "有限公司",
    "股份有限公司",
    "集团有限公司",
)
_TRADITIONAL = dict(
    zip(
        "广东华国银财资门汇丰万业务询贸龙兴发达联实电养网责团开关长车马鱼鸟风云飞张陈刘杨赵吴孙罗郑谢许邓冯韩叶苏卢陆谭贾邹阎尔义乐尧吕众优会伟传伦体余创医协单卫厂历压厅参双变号叶园圆团坚坛块声处备复头夺奋学宁宝审宽宾对导寿将岁岛币师带帮广库应庆庙废异张强归当录态总恒爱惯",
        "廣東華國銀財資門匯豐萬業務詢貿龍興發達聯實電養網責團開關長車馬魚鳥風雲飛張陳劉楊趙吳孫羅鄭謝許鄧馮韓葉蘇盧陸譚賈鄒閻爾義樂堯呂眾優會偉傳倫體餘創醫協單衛廠歷壓廳參雙變號葉園圓團堅壇塊聲處備復頭奪奮學寧寶審寬賓對導壽將歲島幣師帶幫廣庫應慶廟廢異張強歸當錄態總恆愛慣",
        strict=True,
    )
)
_HOMOPHONES = [
    "通同童桐铜",
    "安鞍氨",
    "华桦骅铧",
    "达答",
    "兴星惺",
    "信欣",
    "新鑫心昕",
    "宏红鸿弘泓洪",
    "利力丽立历",
    "诚成城程承",
    "金今津",
    "汇惠慧会",
    "恒横衡",
    "嘉佳家加",
    "盛胜圣",
    "丰峰锋枫风",
    "源元原园远",
    "泰太",
    "龙隆",
    "博伯",
    "永咏勇",
    "亿易益意义",
    "中忠钟",
    "天添",
    "东冬",
    "科可",
    "思斯丝",
    "宝保",
    "明名铭鸣",
    "瑞睿",
    "海孩",
    "豪毫",
    "德得",
    "顺舜",
    "万完",
    "广光",
    "联连莲",
    "智志致",
    "创窗",
    "优友有",
    "云芸耘",
    "腾藤",
    "飞菲",
    "鼎顶",
    "晨辰臣尘",
    "富福付",
    "凯楷",
    "康慷",
    "美镁",
    "乐勒",
    "宇雨羽语",
    "阳洋扬杨",
    "大打",
    "长常昌",
    "文闻雯",
    "正政证",
    "荣容融",
    "景井",
    "建健",
    "国果",
    "百佰",
    "旭续",
    "航行杭",
    "邦帮",
    "卓桌",
    "艺逸",
    "诺懦",
    "祥详翔",
]
_SAME_SOUND = {c: [o for o in group if o != c] for group in _HOMOPHONES for c in group}
_LIKE = (
    "的一是在大有人这中到资为子和你地出会也时要就可以对生能而那得于着下自之年过发后作"
    "里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心"
)


@dataclass(frozen=True)
class Name:
    """A registered name in its parts; `whole` is used when the parts are not known."""

    region: str
    brand: str
    trade: str
    form: str
    suffix: str = ""  # 省 or 市 of the region

    @property
    def text(self) -> str:
        """The name as registered."""
        return f"{self.region}{self.suffix}{self.brand}{self.trade}{self.form}"


Corruption = Callable[[random.Random, Name, str], str]


def _traditional(rng: random.Random, name: Name, text: str) -> str:
    return "".join(_TRADITIONAL.get(c, c) for c in text)


def _wide(rng: random.Random, name: Name, text: str) -> str:
    spaced = rng.randrange(1, len(text))
    return rng.choice((f"{text[:spaced]}　{text[spaced:]}", f"“{text}”", f" {text}，", f"《{text}》"))


def _bracket(rng: random.Random, name: Name, text: str) -> str:
    if not name.region:
        return text
    left, right = rng.choice(("（）", "()", "【】", "〔〕"))
    return f"{name.brand}{left}{name.region}{right}{name.trade}{name.form}"


def _no_form(rng: random.Random, name: Name, text: str) -> str:
    return text.removesuffix(name.form) if name.form else text


def _short_form(rng: random.Random, name: Name, text: str) -> str:
    short = {"有限公司": "公司", "股份有限公司": "股份公司", "集团有限公司": "集团"}
    plain = name.form in short and text.endswith(name.form)
    return text.removesuffix(name.form) + short[name.form] if plain else text


def _long_form(rng: random.Random, name: Name, text: str) -> str:
    return text.removesuffix("有限公司") + "有限责任公司" if text.endswith("有限公司") else text


def _no_region(rng: random.Random, name: Name, text: str) -> str:
    return text.removeprefix(name.region + name.suffix)


def _region_suffix(rng: random.Random, name: Name, text: str) -> str:
    if not name.region:
        return text
    rest = text.removeprefix(name.region + name.suffix)
    suffix = "省" if name.region in PROVINCES else "市"
    return name.region + ("" if name.suffix else suffix) + rest if rest != text else text


def _homophone(rng: random.Random, name: Name, text: str) -> str:
    places = [i for i, c in enumerate(name.brand) if c in _SAME_SOUND]
    if not places or len(name.brand) < 2 or name.brand not in text:
        return text
    at = rng.choice(places)
    heard = name.brand[:at] + rng.choice(_SAME_SOUND[name.brand[at]]) + name.brand[at + 1 :]
    return text.replace(name.brand, heard, 1)


def _typo(rng: random.Random, name: Name, text: str) -> str:
    at = rng.randrange(len(text))
    kind = rng.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1 and at + 1 < len(text):
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind == 2:
        return text[:at] + rng.choice(_LIKE) + text[at:]
    return text[:at] + rng.choice(_LIKE) + text[at + 1 :]


def _colloquial(rng: random.Random, name: Name, text: str) -> str:
    return name.region + name.brand if name.region else text


# What happens how often; the figures are our estimate of a hotline's records, declared in docs/explanation.
KINDS: tuple[tuple[str, int, Corruption], ...] = (
    ("exact", 10, lambda rng, name, text: text),
    ("traditional", 10, _traditional),
    ("wide", 7, _wide),
    ("bracket", 4, _bracket),
    ("no_form", 14, _no_form),
    ("short_form", 8, _short_form),
    ("long_form", 4, _long_form),
    ("no_region", 8, _no_region),
    ("region_suffix", 8, _region_suffix),
    ("homophone", 6, _homophone),
    ("typo", 8, _typo),
    ("colloquial", 3, _colloquial),
)
_TWICE = 0.12
_BRANCHES = ("分公司", "分店", "营业部", "办事处")


def corrupt(rng: random.Random, name: Name) -> tuple[str, str]:
    """Return a name as somebody writes it, and what was done to it."""
    kinds = rng.choices(KINDS, weights=[weight for _, weight, _ in KINDS], k=1)
    if rng.random() < _TWICE:
        kinds += rng.choices(KINDS, weights=[weight for _, weight, _ in KINDS], k=1)
    text = name.text
    for _, _, change in kinds:
        text = change(rng, name, text) or text
    return text, "+".join(kind for kind, _, _ in kinds)


def branch_of(rng: random.Random, name: Name) -> str:
    """Return the name of a branch, which is another subject than its head."""
    return f"{name.text}{rng.choice(CITIES)}{rng.choice(_BRANCHES)}"


def composed(rng: random.Random, brand: str) -> Name:
    """Return a registered name around a 字号."""
    region = rng.choice(CITIES) if rng.random() < 0.8 else rng.choice((*PROVINCES, ""))
    suffix = (
        "市"
        if region in CITIES and rng.random() < 0.5
        else "省"
        if region in PROVINCES and rng.random() < 0.3
        else ""
    )
    return Name(region, brand, rng.choice(TRADES), rng.choice(FORMS), suffix)


def neighbours(rng: random.Random, name: Name, brands: list[str]) -> list[Name]:
    """Return strangers that look alike: the same 字号 elsewhere, in another trade, or one character apart."""
    found = []
    if name.region and rng.random() < 0.10:
        found.append(
            replace(name, region=rng.choice([city for city in CITIES if city != name.region]), suffix="")
        )
    if rng.random() < 0.05:
        found.append(replace(name, trade=rng.choice([trade for trade in TRADES if trade != name.trade])))
    if rng.random() < 0.05:
        at = rng.randrange(len(name.brand))
        other = name.brand[:at] + rng.choice(rng.choice(brands)) + name.brand[at + 1 :]
        if other != name.brand:
            found.append(replace(name, brand=other))
    return found
