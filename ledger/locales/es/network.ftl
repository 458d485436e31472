# Las páginas públicas de la red, donde los creadores buscan programas.

network-title = Programas de afiliados para creadores
network-lead = Encuentra programas que encajen con lo que escribes, grabas o envías. Lo que paga cada uno sale de su propio plan.
network-nav = Red
network-nav-programs = Programas
network-nav-sign-in = Iniciar sesión
network-search-label = Buscar programas
network-search-button = Buscar
network-filters = Filtros
network-clear = Borrar todo
network-facet =
    { $facet ->
        [topic] Tema
        [country] País de tu público
        [language] Idioma de tu contenido
        *[earning] Cómo ganas
    }
network-facet-all =
    { $facet ->
        [topic] Todos los temas
        [country] Todos los países
        [language] Todos los idiomas
        *[earning] Todas las formas
    }
network-sort = Ordenar por
network-sort-fit = Mejor coincidencia
network-sort-newest = Más recientes
# $shown is the number as it is written, $count the number itself.
network-results =
    { $count ->
        [one] 1 programa
        *[other] { $shown } programas
    }
network-alike = Ningún programa contiene «{ $text }». Estos tienen nombres parecidos.
network-none = Ningún programa coincide.
network-none-next = Prueba con menos filtros o con otra palabra.
network-empty = Todavía no hay programas publicados.
network-empty-next = Vuelve pronto o pide a las marcas que te gustan que publiquen el suyo.
network-by = de { $brand }
network-next = Página siguiente
network-window =
    { $days ->
        [one] 1 día después de un clic
        *[other] { $days } días después de un clic
    }
network-hold =
    { $days ->
        [0] Ninguna: las comisiones se pueden pagar de inmediato
        [one] 1 día, para que los reembolsos lleguen antes
        *[other] { $days } días, para que los reembolsos lleguen antes
    }
network-rhythm =
    { $rhythm ->
        [Weekly] Cada semana
        [Monthly] Cada mes
        *[Manual] Cuando la marca lo decide, sin calendario
    }
network-fact =
    { $fact ->
        [window] Una venta cuenta durante
        [hold] Periodo de espera
        [payouts] Pagos
        [currency] Moneda
        [countries] Países de tu público
        [languages] Idiomas de tu contenido
        [channels] Canales
        [formats] Formatos
        *[audience] Público mínimo
    }
network-any =
    { $what ->
        [countries] Todos los países
        [languages] Todos los idiomas
        [channels] Cualquier canal
        [formats] Cualquier formato
        *[audience] Cualquier tamaño
    }
network-pays = Lo que ganas
network-pays-from = Esto sale del plan del programa. { $brand } no puede escribirlo.
network-about = Sobre el programa
network-who-for = Para quién es
network-forbidden = Lo que no está permitido
network-rules = Reglas
network-figures = Cómo paga en la práctica
network-figures-how = Esta plataforma los cuenta a partir de ventas reales de al menos cinco afiliados y los redondea por tramos. { $brand } aceptó mostrarlos y no puede cambiarlos.
network-figure =
    { $figure ->
        [earned] Ganancias por cada 100 clics
        [approval] Tiempo hasta la aprobación
        *[payout] Pagos puntuales
    }
network-figure-meaning =
    { $figure ->
        [earned] Comisiones por ventas y leads de los últimos 90 días, divididas por los clics.
        [approval] La mitad de las comisiones se pudieron pagar antes de este plazo tras la venta.
        *[payout] La parte de las comisiones aprobadas que se pagó en 45 días.
    }
network-earned-under = Menos de { $to }
network-earned-between = De { $from } a { $to }
network-earned-over = { $from } o más
network-approval =
    { $band ->
        [Within7Days] En una semana
        [Within14Days] En dos semanas
        [Within31Days] En un mes
        [Within62Days] En dos meses
        *[Longer] Más de dos meses
    }
network-punctuality =
    { $band ->
        [AlmostAll] Casi siempre: 95 % o más
        [Most] En su mayoría: del 75 % al 95 %
        *[Some] Menos del 75 %
    }
network-apply = Solicitar
network-how = Cómo solicitarlo
network-how-text = Solicítalo con tu perfil de creador. { $brand } ve lo que decidiste compartir y decide. Es gratis.
network-site = Visitar el sitio web
network-updated = Último cambio: { $date }
network-topic =
    { $topic ->
        [Ai] IA
        [Beauty] Belleza
        [Books] Libros
        [Business] Negocios
        [Careers] Empleo
        [Cooking] Cocina
        [Crypto] Cripto
        [Design] Diseño
        [Developers] Desarrollo de software
        [Ecommerce] Comercio electrónico
        [Education] Educación
        [Family] Familia
        [Fashion] Moda
        [Finance] Finanzas personales
        [Fitness] Fitness
        [Gaming] Videojuegos
        [Health] Salud
        [Home] Casa y jardín
        [Marketing] Marketing
        [Music] Música
        [Pets] Mascotas
        [Productivity] Productividad
        [Sustainability] Sostenibilidad
       *[Travel] Viajes
    }
network-channel =
    { $kind ->
        [Website] Sitio web
        [Newsletter] Boletín
        [Podcast] Pódcast
        [YouTube] YouTube
        [Instagram] Instagram
        [TikTok] TikTok
        [X] X
        [LinkedIn] LinkedIn
        [Twitch] Twitch
       *[Other] Otro
    }
network-format =
    { $format ->
        [Review] Reseñas
        [Tutorial] Tutoriales
        [Comparison] Comparativas
        [Newsletter] Boletines
        [Podcast] Episodios de pódcast
        [Video] Vídeos
        [SocialPost] Publicaciones en redes
        [Coupon] Cupones
        [Community] Comunidades
       *[Course] Cursos
    }
network-earning =
    { $earning ->
        [Share] Un porcentaje de cada venta
        [Flat] Un importe fijo por venta
        [Lead] Un importe por lead
       *[Click] Un importe por clic
    }
network-audience =
    { $band ->
        [Under1k] Menos de 1.000
        [From1k] 1.000–10.000
        [From10k] 10.000–50.000
        [From50k] 50.000–100.000
       *[From100k] Más de 100.000
    }

# Programs of other installations; $host is such as partners.example.com.
network-on-host = en { $host }
network-apply-at = Solicitar en { $host }
network-foreign = Este programa está en { $host }, que lo describe con sus propias palabras. La solicitud se hace allí, y tus ventas y pagos se quedan allí.
network-pays-from-host = Según lo describe { $host }.
network-how-there = Abre el programa en { $host } y solicita participar allí. { $brand } revisa tu solicitud y te escribe por correo.
network-apply-with-profile = Solicitar con tu perfil
