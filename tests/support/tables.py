"""Tables as offices, shops and machines send them, made from a seed."""
# ruff: noqa: RUF001 - letters of other alphabets are what is tested

from __future__ import annotations

import datetime as dt
import random
import uuid

WORDS = {
    "english": (
        "Smith Jones Taylor Brown Green London Leeds delivery invoice blue large order customer"
        " returned paid open the with and garden kitchen table lamp chair"
    ),
    "german": (
        "Müller Schröder Köhler Weiß Jäger Straße München Düsseldorf Größe Rückgabe geöffnet für"
        " zurück Küche Tisch Stühle grün Käufer über Lieferung Bestellung und mit"
    ),
    "french": (
        "François Hélène Noël Lefèvre Orléans Besançon reçu déjà côté très façade être après"
        " fenêtre livraison commande chaise forêt où élève cœur sœur avec pour"
    ),
    "spanish": (
        "Muñoz Núñez García Málaga León Coruña pequeño año señal después también médico niño"
        " cocina mesa silla envío pedido con para jardín azúcar teléfono"
    ),
    "swedish": (
        "Åkesson Sjöberg Malmö Göteborg Östersund grön blå röd stor köksbord stolar på för från"
        " är höger vänster återlämnad beställning och med"
    ),
    "polish": (
        "Wiśniewski Kowalczyk Wójcik Łódź Kraków Gdańsk źródło zamówienie książka krzesło stół"
        " zielony duży mały żółty część płatność zwrócony świeży i dla z może"
    ),
    "czech": (
        "Dvořák Novák Černý Růžička Plzeň Brno Děčín židle stůl zelený malý žlutý vrácené"
        " objednávka zaplaceno příjem měsíc účet kůň a pro šest třída"
    ),
    "hungarian": (
        "Szűcs Kovács Győr Pécs Székesfehérvár szék asztal zöld nagy kicsi fizetve rendelés"
        " visszáru őszi fűtés tűz és részére könyv tükör"
    ),
    "turkish": (
        "Yılmaz Şahin Çelik Öztürk Doğan İstanbul İzmir Eskişehir sipariş müşteri yeşil büyük"
        " küçük ödendi iade masa sandalye ve için değil gün ışık"
    ),
    "russian": (
        "Иванов Петрова Смирнов Кузнецова Москва Казань Екатеринбург заказ клиент стол стул"
        " зелёный большой маленький оплачено возврат доставка и для склад объект"
    ),
    "greek": (
        "Παπαδόπουλος Γεωργίου Νικολάου Αθήνα Θεσσαλονίκη Πάτρα παραγγελία πελάτης τραπέζι"
        " καρέκλα πράσινο μεγάλο μικρό πληρωμένο επιστροφή και για κήπος"
    ),
    "hebrew": "כהן לוי מזרחי ירושלים חיפה הזמנה לקוח שולחן כיסא ירוק גדול קטן שולם החזרה של עם",
    "arabic": "محمد أحمد القاهرة دمشق طلب عميل طاولة كرسي أخضر كبير صغير مدفوع إرجاع من إلى حديقة",
    "japanese": (
        "佐藤 鈴木 高橋 田中 東京 大阪 京都市 注文 顧客 テーブル いす 緑色 大きい 小さい 支払済み"
        " 返品 配送 庭園 コンピュータ 株式会社 ありがとう の です"
    ),
    "chinese": (
        "王伟 李娜 张敏 刘洋 北京 上海 广州市 订单 客户 桌子 椅子 绿色 很大 较小 已付款 退货"
        " 配送 花园 计算机 有限公司 谢谢 的 我们"
    ),
    "taiwanese": (
        "陳志明 林淑芬 張家豪 王美玲 臺北 高雄 臺中市 訂單 客戶 桌子 椅子 綠色 很大 較小 已付款"
        " 退貨 配送 花園 電腦 有限公司 謝謝 的 我們"
    ),
    "korean": (
        "김민준 이서연 박지훈 최수빈 서울 부산 대구광역시 주문 고객 책상 의자 초록색 크다 작은"
        " 결제완료 반품 배송 정원 컴퓨터 주식회사 감사합니다 그리고 위한"
    ),
}
ENCODINGS = {
    "english": ("cp1252", "latin-1"),
    "german": ("cp1252", "latin-1", "iso-8859-15"),
    "french": ("cp1252", "iso-8859-15"),
    "spanish": ("cp1252", "latin-1", "iso-8859-15"),
    "swedish": ("cp1252", "latin-1", "iso-8859-15"),
    "polish": ("cp1250", "iso-8859-2"),
    "czech": ("cp1250", "iso-8859-2"),
    "hungarian": ("cp1250", "iso-8859-2"),
    "turkish": ("cp1254", "iso-8859-9"),
    "russian": ("cp1251", "koi8-r"),
    "greek": ("cp1253", "iso-8859-7"),
    "hebrew": ("cp1255",),
    "arabic": ("cp1256",),
    "japanese": ("shift_jis", "cp932", "euc-jp"),
    "chinese": ("gb18030", "gbk"),
    "taiwanese": ("big5",),
    "korean": ("euc-kr", "cp949"),
}
UNICODE = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-le",
    "utf-32-be",
)


class Made:
    """The columns of one table, in the words of one language."""

    def __init__(self, seed: int, language: str) -> None:
        self.dice = random.Random(seed)
        self.words = WORDS[language].split()
        self.spaced = language not in ("japanese", "chinese", "taiwanese")

    def prose(self, least: int, most: int) -> str:
        words = self.dice.choices(self.words, k=self.dice.randint(least, most))
        return (" " if self.spaced else "").join(words)

    def name(self) -> str:
        first, last = self.dice.choices(self.words, k=2)
        return self.dice.choice(
            [
                f"{first} {last}",
                f"{last}, {first}",
                f'{first} "{last}" Lee',
                f"{first} O'{last}",
                f"{first}; {last}",
                first,
            ]
        )

    def note(self, newline: str) -> str:
        dice = self.dice
        made = self.prose(1, 9)
        for _ in range(dice.randint(0, 2)):
            made += dice.choice(
                [
                    newline,
                    ", ",
                    "; ",
                    ": ",
                    " | ",
                    newline * 2,
                    '"',
                    ' "x" ',
                    "' ",
                    " #",
                    "\t",
                    " || ",
                    "\\",
                    "...",
                    " - ",
                ]
            ) + self.prose(1, 4)
        return made if dice.random() < 0.8 else ""

    def column(self, newline: str):
        """Return the kind, the name and what makes a cell of the row with that number."""
        dice = self.dice
        start = dice.randint(1, 9_000)
        day = dt.datetime(2024, 1, 1, 6, 0, 0)  # noqa: DTZ001 - written without a zone

        def moment(pattern):
            seconds = dice.randint(0, 80_000_000)
            return (day + dt.timedelta(seconds=seconds)).strftime(pattern)

        states = dice.sample(self.words, 3)
        pattern = dice.choice(["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%d %H:%M:%S"])
        amount = dice.choice(["{:.2f}", "{:,.2f}", "{:.0f}", "€ {:.2f}", "{:.1f} %"])
        comma = dice.random() < 0.3

        def money():
            text = amount.format(dice.uniform(-500, 20_000))
            return text.translate({44: ".", 46: ","}) if comma else text

        kinds = {
            "id": ("id", lambda n: str(start + n)),
            "code": ("sku", lambda n: f"{dice.choice('ABX')}-{dice.randint(0, 99_999):05d}"),
            "uuid": ("uuid", lambda n: str(uuid.UUID(int=dice.getrandbits(128), version=4))),
            "date": ("ordered on", lambda n: moment(pattern)),
            "instant": ("updated_at", lambda n: moment("%Y-%m-%dT%H:%M:%SZ")),
            "time": ("opens", lambda n: moment("%H:%M")),
            "amount": ("amount", lambda n: money()),
            "count": ("qty", lambda n: str(dice.randint(0, 50))),
            "flag": ("active", lambda n: dice.choice(["true", "false"])),
            "state": ("state", lambda n: dice.choice(states)),
            "name": ("name", lambda n: self.name()),
            "city": ("city", lambda n: dice.choice(self.words)),
            "address": ("address", lambda n: f"{self.prose(1, 2)} {dice.randint(1, 99)}, {start}"),
            "mail": ("mail", lambda n: f"user{dice.randint(1, 999)}@example.com"),
            "link": ("link", lambda n: f"https://example.com/a?b={n}&c={dice.choice(states)}"),
            "path": ("path", lambda n: f"C:\\data\\in\\{n}.csv"),
            "phone": ("phone", lambda n: f"+49 30 {dice.randint(10_000, 999_999)}"),
            "json": ("extra", lambda n: f'{{"a": {n}, "b": "{dice.choice(states)}"}}'),
            "place": ("where", lambda n: f"{dice.uniform(-90, 90):.4f},{dice.uniform(0, 180):.4f}"),
            "tags": ("tags", lambda n: dice.choice(";|,").join(dice.choices(states, k=2))),
            "note": ("note", lambda n: self.note(newline)),
            "sparse": ("until", lambda n: moment("%Y-%m-%d") if dice.random() < 0.3 else ""),
        }
        kind = dice.choice(list(kinds))
        return kind, *kinds[kind]


def table(seed: int, language: str, *, newline: str = "\n"):
    """Return the names and the rows; one of the columns holds numbers."""
    made = Made(seed, language)
    width = made.dice.randint(2, 9)
    names: list[str] = []
    makers = []
    while len(names) < width:
        kind, name, maker = made.column(newline)
        if not names and kind != "id":
            continue
        if name in names:
            continue
        names.append(name)
        makers.append(maker)
    height = made.dice.choice([3, 4, 6, 10, 25, 60, 200])
    if made.dice.random() < 0.5:
        # The numbers may stand anywhere.
        at = made.dice.randrange(width)
        names.insert(at, names.pop(0))
        makers.insert(at, makers.pop(0))
    return tuple(names), [tuple(maker(n) for maker in makers) for n in range(height)]
