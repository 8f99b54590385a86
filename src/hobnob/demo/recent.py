"""Chats of the last days: what somebody sees first."""

from __future__ import annotations

from .shop import (
    AMINA,
    ANNELIESE,
    ARJUN,
    CARMEN,
    FATIMA,
    GRACE,
    JACK,
    JOAO,
    LAYLA,
    NOAH,
    OMAR,
    PRIYA,
    TOM,
    YUKI,
)
from .story import (
    Chat,
    buttons,
    picture_in,
    picture_out,
    place,
    pressed,
    reaction_in,
    reaction_out,
    template,
    them,
    us,
)

RECENT: tuple[Chat, ...] = (
    Chat(
        PRIYA,
        [
            template("3d 2h", "sofia", "order_shipped", "Priya", "MT-2041", "Thursday", label="shipped"),
            them("2d 22h", "Lovely, thank you! 🙏"),
            them("41m", "Hi! The parcel came today and everything is beautiful ❤️"),
            picture_in("40m", "cushions", "But one cushion cover has a loose thread, see the corner?", label="photo"),
            us("31m", "sofia", "Oh no, that should not leave our workshop. Thank you for the photo!", quotes="photo"),
            us("30m", "sofia", "I can send a new cover tomorrow, no need to return this one. Shall I?", label="offer"),
            reaction_in("27m", "offer", "😍"),
            them("26m", "Yes please! Same address as before."),
            us(
                "24m", "sofia", "Done. It leaves tomorrow morning and you keep the first one as a spare 🙂", tick="read"
            ),
            them("3m", "You are the best. One more question: does the saffron throw come in a larger size?"),
        ],
        assigned="sofia",
        unread=True,
    ),
    Chat(
        LAYLA,
        [
            them("1h 12m", "مرحبا، هل يتوفر غطاء السرير النيلي بمقاس كينغ؟"),
            them("1h 11m", "وهل يمكن التوصيل إلى دبي قبل يوم الخميس؟"),
            us("1h 2m", "maya", "أهلاً ليلى! نعم، متوفر بمقاس كينغ 🌿 والتوصيل إلى دبي يستغرق ثلاثة أيام."),
            picture_out("1h 1m", "maya", "bedspread", "هذا هو، بضوء النهار", label="indigo"),
            them("12m", "جميل جداً! كم السعر مع التوصيل؟"),
        ],
        assigned="maya",
        unread=True,
    ),
    Chat(
        TOM,
        [
            template("20h", "liam", "back_in_stock", "Tom", "the Indigo bedspread", label="stock"),
            pressed("19h 40m", "stock", "Yes please"),
            us("19h 31m", "liam", "Great, one is kept for you until Friday."),
            buttons("19h 30m", "liam", "How would you like to get it?", "Ship it", "Pick up in store", label="how"),
            pressed("18h 50m", "how", "Pick up in store"),
            them("18h 49m", "Is the shop open on Saturday?"),
            us("18h 40m", "liam", "Yes, 10 to 6. Ask for Liam and bring a bag, it is a big one 😄", tick="delivered"),
        ],
        assigned="liam",
    ),
    Chat(
        ANNELIESE,
        [
            them("5h 20m", "Guten Tag, ich möchte 40 Tischläufer für ein Hotel bestellen. Geht das bis Januar?"),
            us("5h 2m", "kenji", "Guten Tag Frau Schmidt, das geht sehr gern. Welche Farbe und welche Länge?"),
            them("4h 30m", "Rost, 2,40 m. Können Sie mir ein Angebot auf die GmbH schreiben?", label="offer"),
            us("4h 12m", "kenji", "Das Angebot schreibe ich heute noch.", quotes="offer"),
        ],
        assigned="kenji",
    ),
    Chat(
        JOAO,
        [
            them("55m", "Oi! Vi o anúncio de vocês no Instagram 😍 As mantas são feitas à mão mesmo?"),
        ],
        unread=True,
        referral={
            "source_url": "https://fb.me/example",
            "source_type": "ad",
            "source_id": "120210000000000001",
            "headline": "Hand-loomed throws",
            "body": "Woven in small batches. Ask us anything.",
            "media_type": "image",
        },
    ),
    Chat(
        AMINA,
        [
            them("1d 3h", "Hello, do you ship to Lagos?"),
            us("1d 2h 40m", "sofia", "Hello Amina! We do: five working days, duties included."),
            them("1d 2h 31m", "Perfect. Here is where I need it:"),
            place("1d 2h 30m", "Ikeja City Mall", "Obafemi Awolowo Way, Lagos", 6.6137, 3.3581),
            us("1d 2h", "sofia", "Got it. I will send the payment link in a minute.", label="link"),
            reaction_in("1d 1h 55m", "link", "👍"),
        ],
        assigned="sofia",
    ),
    Chat(
        YUKI,
        [
            them("7h 5m", "こんにちは。藍染のクッションカバーは洗濯機で洗えますか?"),
            us(
                "6h 50m",
                "kenji",
                "こんにちは、佐藤様。手洗いをおすすめしております。水温は30度以下でお願いいたします。",
                label="care",
            ),
            reaction_in("6h 45m", "care", "🙏"),
            them("6h 44m", "ありがとうございます!"),
        ],
        assigned="kenji",
        closed=True,
    ),
    Chat(
        CARMEN,
        [
            template("2d 5h", "sofia", "pedido_enviado", "Carmen", "MT-2043", "jueves"),
            them("1d 1h", "¡Ya llegó! Quedó precioso en el salón 🧡", label="happy"),
            picture_in("1d 59m", "living_room", "", label="room"),
            reaction_out("1d 40m", "sofia", "room", "❤️"),
            us("1d 39m", "sofia", "¡Qué bonito, Carmen! ¿Nos dejas compartir la foto?"),
            them("22h 10m", "¡Claro que sí!"),
        ],
        assigned="sofia",
    ),
    Chat(
        OMAR,
        [
            them("2h 2m", "السلام عليكم، متى يصل طلبي MT-2050؟"),
            them("2h", "؟؟"),
        ],
        unread=True,
    ),
    Chat(
        GRACE,
        [
            template("4d 6h", "liam", "autumn_weaves", "Grace", "15%", label="autumn"),
            pressed("4d 5h", "autumn", "Show me"),
            picture_out("4d 4h 50m", "liam", "throws", "Saffron, rust, ink. Which one is yours?"),
            them("4d 4h 20m", "Rust!! 🔥 How much with shipping to Nairobi?"),
            us("4d 4h 10m", "liam", "62 dollars all in, and 15% off that for you: 52.70."),
            them("4d 4h", "Deal ✨"),
        ],
        assigned="liam",
    ),
    Chat(
        NOAH,
        [
            them("9h 12m", "Hey, I'd rather not share my number, hope that's fine. Do you do custom colours?"),
            us("8h 55m", "maya", "Of course that's fine, and yes: any two colours from our yarn card."),
            them("8h 40m", "Cool, navy and mustard then 🟦🟨"),
        ],
        assigned="maya",
    ),
    Chat(
        JACK,
        [
            template("1d 6h", "liam", "order_shipped", "Jack", "MT-2046", "Wednesday", tick="failed"),
        ],
        assigned="liam",
    ),
    Chat(
        ARJUN,
        [
            them("3h 30m", "नमस्ते! दिवाली के बाद भी 15% की छूट मिलेगी?"),
            us("3h 12m", "maya", "नमस्ते अर्जुन जी! जी हाँ, रविवार तक 🪔"),
            them("3h 5m", "बहुत बढ़िया, धन्यवाद"),
        ],
        closed=True,
    ),
    Chat(
        FATIMA,
        [
            them("6d 2h", "هل لديكم بطاقات هدايا؟"),
            us("6d 1h 30m", "sofia", "نعم، بقيمة ٢٥ و٥٠ و١٠٠ دولار 🎁"),
            them("5d 23h", "ممتاز، أريد واحدة بقيمة ٥٠"),
            us("5d 22h 40m", "sofia", "أرسلت لك رابط الدفع على بريدك."),
        ],
        assigned="sofia",
        closed=True,
    ),
)
