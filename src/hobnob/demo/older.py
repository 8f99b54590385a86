"""Two weeks of smaller chats behind them, and a marketing send, so that lists scroll and the bill has a history."""

from __future__ import annotations

from .shop import (
    CHLOE,
    DAAN,
    DEWI,
    ELIF,
    ISABELA,
    LUCIA,
    MATTEO,
    MEI,
    PILAR,
    RUBY,
    SIOBHAN,
    THABO,
)
from .story import Chat, buttons, picture_in, pressed, reaction_in, template, them, us

OLDER: tuple[Chat, ...] = (
    Chat(
        CHLOE,
        [
            template("13d 4h", "sofia", "order_shipped", "Chloé", "MT-1987", "Monday"),
            them("11d 3h", "Bien reçu, merci beaucoup !", label="thanks"),
            us("11d 2h", "sofia", "Avec plaisir, Chloé. Bonne semaine !"),
            template("8d 5h", "liam", "autumn_weaves", "Chloé", "15%", tick="delivered"),
        ],
        closed=True,
    ),
    Chat(
        MATTEO,
        [
            template("12d 6h", "kenji", "order_shipped", "Matteo", "MT-1990", "Tuesday"),
            template("8d 5h", "liam", "autumn_weaves", "Matteo", "15%", label="autumn"),
            pressed("8d 3h", "autumn", "Show me"),
            us("8d 2h 30m", "kenji", "Ciao Matteo! Here is the whole collection: https://marigold.example/autumn"),
            them("7d 22h", "Bellissimo. Prendo la coperta color ruggine."),
            us("7d 21h", "kenji", "Grazie! It is reserved, the link to pay is in your mail."),
            template("6d 4h", "kenji", "order_shipped", "Matteo", "MT-2021", "Monday"),
        ],
        assigned="kenji",
    ),
    Chat(
        LUCIA,
        [
            template("8d 5h", "liam", "autumn_weaves", "Lucía", "15%", label="autumn"),
            pressed("8d 4h", "autumn", "Not now"),
            them("3d 7h", "Hola, ¿todavía tienen fundas de lino?"),
            us("3d 6h 40m", "sofia", "¡Hola Lucía! Sí, en crudo y en verde salvia. ¿Qué medida necesitas?"),
            them("3d 6h 20m", "50x70, dos verdes"),
            us("3d 6h", "sofia", "Apartadas. Te mando el enlace de pago."),
            template("2d 4h", "sofia", "pedido_enviado", "Lucía", "MT-2048", "lunes"),
        ],
        assigned="sofia",
    ),
    Chat(
        THABO,
        [
            template("10d 3h", "kenji", "order_shipped", "Thabo", "MT-2003", "Friday"),
            them("9d 8h", "The courier left it with the neighbours, all good 👍"),
            us("9d 7h", "kenji", "Glad it found you!"),
            template("8d 5h", "liam", "autumn_weaves", "Thabo", "15%"),
        ],
        closed=True,
    ),
    Chat(
        DEWI,
        [
            them("5d 9h", "Halo! Saya penjahit, apakah kalian menjual kain per meter?"),
            us("5d 8h 40m", "maya", "Halo Dewi! We do: linen and hemp, from one metre."),
            picture_in("5d 8h", "swatches", "Something like these colours?"),
            us("5d 7h 40m", "maya", "Exactly those. Six metres are in stock of each."),
            buttons("5d 7h 39m", "maya", "Shall we send a swatch card first?", "Yes", "No, order now", label="card"),
            pressed("5d 7h", "card", "Yes"),
            us("5d 6h 50m", "maya", "On its way 🧵", label="way"),
            reaction_in("5d 6h 45m", "way", "🥰"),
        ],
        assigned="maya",
    ),
    Chat(
        RUBY,
        [
            template("7d 6h", "liam", "back_in_stock", "Ruby", "the Ochre rug", label="rug"),
            pressed("7d 5h", "rug", "Yes please"),
            us("7d 4h 30m", "liam", "Lovely, it is yours. Pick-up or shipping to Perth?"),
            them("6d 20h", "Shipping please!"),
            template("4d 3h", "kenji", "order_shipped", "Ruby", "MT-2034", "next Tuesday"),
        ],
        assigned="liam",
    ),
    Chat(
        SIOBHAN,
        [
            them("10d 6h", "Hi, the zip on my cushion broke after a week 😞"),
            us("10d 5h 40m", "sofia", "So sorry Siobhán! We will replace it. Could you send a photo?"),
            picture_in("10d 5h 20m", "cushions", "Here"),
            us("10d 5h", "sofia", "Thank you. A new one leaves today."),
            template("9d 3h", "sofia", "order_shipped", "Siobhán", "MT-2009-R", "Saturday"),
            them("5d 4h", "Arrived, grand job 🎉"),
        ],
        closed=True,
    ),
    Chat(
        DAAN,
        [
            template("8d 5h", "liam", "autumn_weaves", "Daan", "15%", tick="delivered"),
            template("1d 5h", "kenji", "order_shipped", "Daan", "MT-2049", "Thursday", tick="delivered"),
        ],
    ),
    Chat(
        ELIF,
        [
            template("11d 5h", "sofia", "order_shipped", "Elif", "MT-1995", "Thursday"),
            them("6d 5h", "Merhaba, faturayı tekrar gönderebilir misiniz?"),
            us("6d 4h", "liam", "Merhaba Elif, tabii ki. E-posta adresinize gönderdim."),
            them("6d 3h 50m", "Geldi, teşekkürler"),
        ],
        closed=True,
    ),
    Chat(
        ISABELA,
        [
            template("8d 5h", "liam", "autumn_weaves", "Isabela", "15%", label="autumn"),
            pressed("8d 2h", "autumn", "Show me"),
            us("8d 1h", "liam", "Oi Isabela! Qual cor prefere: açafrão, ferrugem ou tinta?"),
            them("7d 23h", "Açafrão 💛"),
            us("7d 22h", "liam", "Ótima escolha. Reservada até sexta."),
            template("5d 3h", "kenji", "order_shipped", "Isabela", "MT-2027", "Friday", tick="delivered"),
        ],
        assigned="liam",
    ),
    Chat(
        MEI,
        [
            them("9d 2h", "Hello, how do I wash the block-print quilt?"),
            us("9d 1h", "kenji", "Hello Mei Lin! Cold water, by hand, dried in the shade."),
            them("4d 1h", "And the cushion inserts?"),
            us("4d 30m", "kenji", "Those can go in the machine at 30°."),
            template("1d 2h", "kenji", "care_guide", "Mei Lin", "block-print quilt", tick="delivered"),
        ],
        assigned="kenji",
    ),
    Chat(
        PILAR,
        [
            template("12d 2h", "sofia", "pedido_enviado", "Pilar", "MT-1992", "lunes"),
            template("8d 5h", "liam", "autumn_weaves", "Pilar", "15%"),
            them("8d 1h", "¿Hay algo para cunas? Voy a ser abuela 👶"),
            us("7d 23h 30m", "sofia", "¡Enhorabuena! Sí: mantas de algodón orgánico de 80x100."),
            them("7d 23h", "Dos, por favor. Una por si son gemelos 😂"),
            us("7d 22h 50m", "sofia", "😂 Hecho. Salen el lunes."),
        ],
        assigned="sofia",
    ),
)
