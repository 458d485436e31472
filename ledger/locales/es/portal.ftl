# Texts of the affiliate portal.

## The frame around every page.

portal-menu = Menú
portal-menu-label = Portal
portal-menu-shortcuts = Accesos rápidos
portal-menu-home = Inicio
portal-menu-links = Enlaces
portal-menu-sales = Ventas
portal-menu-payouts = Pagos
portal-menu-tax = Formulario fiscal
portal-menu-assets = Recursos
portal-menu-recruits = Reclutar
portal-menu-claims = Ventas que faltan
portal-menu-rewards = Recompensas
portal-menu-profile = Perfil
portal-menu-contact = Contactar con { $brand }
portal-brand = Marca
portal-switch = Cambiar
# The email address follows.
portal-account = Cuenta:
portal-sign-out = Cerrar sesión

## The app without a connection.

portal-offline-title = Sin conexión
portal-offline-hint = El portal muestra tus cifras actuales, así que necesita conexión.
portal-offline-again = Volver a intentar

## Home.

portal-home-title = Inicio
portal-home-hi = Hola, { $name }
portal-home-next-steps = Próximos pasos
portal-home-add-method = Añade un método de cobro para que { $brand } pueda pagarte. Solo lleva unos minutos.
portal-home-set-up-payouts = Configurar pagos
# $notice says what happens without a form: portal-tax-without-….
portal-home-tax-form = Formulario fiscal: { $notice }
portal-home-your-link = Tu enlace
portal-home-all-links = Todos los enlaces
portal-home-figures = Cifras clave
portal-home-earned = Total ganado
portal-home-earned-note = en espera, disponible y pagado
portal-home-sales = Ventas y leads
portal-home-sales-note = que has referido
portal-home-clicks = Clics
portal-home-clicks-note = en tus enlaces
portal-home-earnings = Ganancias recientes
portal-home-recent = Actividad reciente
portal-home-chart-clicks = Clics
portal-home-chart-earned = Ganado, { $currency }
portal-home-chart-nothing = Ganado
portal-home-no-earnings = Sin ganancias en este periodo.
# $link is the next message, as a link.
portal-home-no-earnings-hint = Comparte { $link } para ganar una comisión por cada venta que refieras.
portal-home-no-earnings-link = tu enlace

## The program's terms.

portal-terms-title = Condiciones del programa
portal-terms = Condiciones
portal-terms-read = Lee y acepta las condiciones del programa de afiliados de { $brand }.
# $version is a version's name, such as "partners v2".
portal-terms-version = { $version }, desde { $day }
portal-terms-accept = Acepto las condiciones del programa de afiliados de { $brand }
portal-terms-submit = Aceptar condiciones
portal-terms-accepted = Aceptaste las condiciones del programa de afiliados de { $brand } el { $day }.
portal-terms-accepted-version = Aceptaste las condiciones del programa de afiliados de { $brand } ({ $version }) el { $day }.
portal-terms-current = Condiciones actuales
portal-terms-withdrawn = Retiraste tu aceptación de las condiciones del programa de afiliados de { $brand }. Para volver a aceptarlas, ponte en contacto con { $brand }.
portal-terms-unchecked = Marca la casilla para aceptar las condiciones.
portal-terms-changed = Las condiciones han cambiado. Lee y acepta la nueva versión.

## The balance.

portal-balance-title = Tu saldo
portal-balance-nothing = Aún no has ganado nada.
portal-balance-nothing-hint = Tus ganancias aparecerán aquí después de tu primera venta.
portal-balance-on-hold = En espera
portal-balance-on-hold-note = ganado, a la espera de que acabe el periodo de espera
portal-balance-on-hold-next = próximo importe disponible el { $day }
portal-balance-payable = Disponible
portal-balance-in-payout = En un pago
portal-balance-in-payout-note = de camino a ti
portal-balance-paid = Pagado
portal-balance-paid-note = hasta ahora
portal-balance-left = Liquidado en otro sitio
portal-balance-left-note = por la plataforma que la marca usaba antes
portal-balance-withheld = Retenido
portal-balance-withheld-note = por impuestos
# A date follows, in bold.
portal-balance-next = Próximo pago:
portal-balance-no-next = { $brand } aún no ha programado el próximo pago.
# When the payable amount is paid. These follow the amount, so they aren't whole sentences.
portal-balance-when-next = en el próximo pago
portal-balance-when-withheld = en el próximo pago, menos un 24{ "\u00A0" }% de retención de respaldo
portal-balance-when-withheld-form = en el próximo pago, menos un 24{ "\u00A0" }% de retención de respaldo hasta que envíes un formulario fiscal
portal-balance-when-not-approved = no se paga mientras no seas un afiliado aprobado
portal-balance-when-after-payout = después del pago que está en camino
portal-balance-when-upcoming = en un próximo pago
portal-balance-when-overpaid = pagado de más: se descuenta de tus próximas ganancias
portal-balance-when-held = pagos retenidos: pregunta a la marca por qué
portal-balance-when-minimum = se acumula hasta llegar a { $minimum }
portal-balance-when-no-method = listo: añade un método de cobro para recibirlo
portal-balance-when-account = a la espera de que tu cuenta de Stripe pueda recibirlo
portal-balance-when-no-form = a la espera de un formulario fiscal válido tuyo
portal-balance-add-method = Añadir método de cobro
portal-balance-see-missing = Ver lo que falta
portal-balance-submit-form = Enviar formulario fiscal

## Links and coupons.

portal-links-title = Enlaces
portal-links-created = Enlace creado. Funcionará en unos segundos.
portal-links-yours =
    { $count ->
        [one] Tu enlace
       *[other] Tus enlaces
    }
portal-links-none = Aún no hay enlaces.
portal-links-none-hint = { $brand } creará uno para ti.
# $page is an address without https://.
portal-links-goes-to = { $program }, lleva a { $page }
# The number stands before it, in bold.
portal-links-clicks =
    { $count ->
        [one] clic
       *[other] clics
    }
portal-links-conversions =
    { $count ->
        [one] conversión
       *[other] conversiones
    }
portal-links-rate = { $rate } de tasa de conversión
portal-links-rate-about = Tasa de conversión: primeras compras de clientes divididas entre los clics.
portal-links-qr = Código QR (SVG)
portal-links-qr-of = Código QR (SVG) de { $link }
portal-links-qr-png = Código QR (PNG)
portal-links-qr-png-of = Código QR (PNG) de { $link }
portal-links-open = Abrir enlace
portal-links-open-of = Abrir el enlace { $link } en una pestaña nueva
portal-links-earn = Lo que ganas
portal-links-payable-now = Disponible de inmediato.
portal-links-payable =
    { $days ->
        [one] Disponible 1 día después de cada venta, cuando acaba el plazo de devolución.
       *[other] Disponible { $days } días después de cada venta, cuando acaba el plazo de devolución.
    }
portal-links-build = Enlace a cualquier página
portal-links-build-hint = Pega la URL de cualquier página del sitio de { $brand } para obtener tu propio enlace.
portal-links-page = URL de la página
portal-links-page-hint = Por ejemplo, la página de precios o un producto.
portal-links-get = Obtener enlace
# Shown while a page is typed. $hosts is a list of sites.
portal-links-preview-new = Un enlace propio lleva allí.
portal-links-preview-elsewhere = Esa página no está en { $hosts }.
portal-links-ready = Tu enlace a esa página
portal-links-qr-picture = Código QR de { $link }
portal-links-track = Medirlo por separado
portal-links-create-title = Crear un enlace a esa página
portal-links-label = Nombre del enlace
portal-links-label-hint = Por ejemplo, newsletter o video-12. Pasa a formar parte del enlace, con sus propios clics y ventas.
portal-links-create = Crear enlace
portal-links-coupons = Cupones
portal-links-no-coupons = Aún no hay cupones.
portal-links-no-coupons-hint = Pide a { $brand } un código de cupón para compartirlo con tu audiencia.
portal-links-coupons-hint = Ganas con cada pedido que use uno de tus códigos, incluso sin un clic en tu enlace.
portal-coupons-discount = Los clientes obtienen { $discount }.
portal-coupons-waiting = Se está creando. Podrás compartirlo en unos minutos.
portal-coupons-refused = Este código no está disponible. Elige otro.
# $program is the program's name.
portal-coupons-choose = Elige tu código para { $program }
portal-coupons-code = Tu código
portal-coupons-code-hint = Letras y números. Puedes elegir un código y no podrás cambiarlo después.
portal-coupons-request = Crear código
portal-coupons-requested = Tu código se está creando.
# What is wrong with a code.
portal-coupons-misspelled = Usa de { $least } a { $most } letras (de la A a la Z) y números, sin espacios.
portal-coupons-reserved = Este código está reservado. Elige otro, como tu nombre con un número.
portal-coupons-taken = Este código ya está en uso. Elige otro.
portal-coupons-has-one = Ya tienes un código en este programa.
portal-coupons-too-many = Has probado demasiados códigos hoy. Inténtalo de nuevo mañana.
portal-coupons-not-offered = Ahora mismo no puedes elegir un código en este programa.
# What is wrong with a page or a label.
portal-links-not-url = Introduce la URL completa de la página, como https://brand.com/precios.
# $hosts is a list of sites: "acme.com or acme.shop".
portal-links-other-site = Introduce una página de { $hosts }. Solo las compras allí generan comisión.
portal-links-any-site = el sitio de la marca
portal-links-limit = Has alcanzado el límite de { $count } enlaces.
portal-links-label-wrong = Usa letras, cifras y guiones, como newsletter.
portal-links-label-taken = Ya tienes un enlace con ese nombre. Elige otro.

## Sharing a link.

portal-share = Compartir
portal-share-of = Compartir { $link }
portal-share-email = Correo
# Posted beside the link. Advertising has to be marked as such.
portal-share-text = Échale un vistazo a { $brand }. #publicidad
portal-share-email-subject = Échale un vistazo a { $brand }
portal-share-email-body =
    Creo que { $brand } te va a gustar: { $link }

    Si compras algo con este enlace, gano una comisión.

## The affiliate's public page of links.

portal-page-title = Página de enlaces
portal-page-about = Una página pública con tus enlaces y códigos, para perfiles con espacio para un solo enlace.
portal-page-hint = La dirección de tu página. Funciona mientras la página esté activada.
portal-page-set-up = Configurar página de enlaces
portal-page-open = Abrir página
portal-page-on = Mostrar mi página
portal-page-on-hint = Mientras esté activada, el sitio de { $brand } también puede mostrar tu nombre a quienes sigan tus enlaces.
portal-page-introduction = Presentación
portal-page-introduction-hint = Una línea bajo tu nombre, sin enlaces.
portal-page-introduction-wrong = Usa como máximo { $count } caracteres en una línea, sin enlaces ni direcciones de correo.
portal-page-items = Enlaces y códigos, hasta 10
portal-page-items-wrong = Elige como máximo { $count }.
portal-page-none = Aún no hay página de enlaces.
portal-page-none-hint = Necesita una página pública del programa de { $brand }.
portal-page-code = Código para { $program }
# On the public page: advertising has to be marked as such.
portal-page-ad = Publicidad: { $name } gana una comisión de { $brand } por lo que compres con estos enlaces y códigos.

## Sales.

portal-sales-title = Ventas
portal-sales-view = Vista
portal-sales-earnings = Ganancias
portal-sales-clicks = Clics
portal-sales-yours = Tus ganancias
portal-sales-kind-all = Todo
portal-sales-kind-sales = Ventas
portal-sales-kind-renewals = Renovaciones
portal-sales-kind-leads = Leads
portal-sales-kind-clicks = Clics
portal-sales-kind-other = Bonificaciones
portal-sales-status-all = Todos los estados
portal-sales-status-on-hold = En espera
portal-sales-status-payable = Disponible
portal-sales-status-paid = Pagado
portal-sales-status-refunded = Reembolsado
portal-sales-imported = { $kind }, importada
portal-sales-none-matching = No hay ganancias que coincidan en este periodo.
portal-sales-none = Sin ganancias en este periodo.
portal-sales-view-all = Ver todas las ganancias recientes
# $link is the next message, as a link.
portal-sales-share = Comparte { $link }.
portal-sales-share-link = tu enlace
# $link is the next message, as a link.
portal-sales-missing = ¿Falta una venta? { $link }.
portal-sales-missing-link = Pregunta a { $brand }
portal-sales-date = Fecha
portal-sales-type = Tipo
portal-sales-amount = Importe de la venta
portal-sales-earn = Ganas
portal-sales-status = Estado
portal-sales-receipt = Recibo
portal-sales-receipt-of = Recibo de { $amount }, { $when }
# $zone is a time zone, such as Europe/Berlin.
portal-sales-note = Horas en la zona { $zone }. Los datos de los clientes son privados.
portal-sales-buyer = Cliente
# $code is four digits that tell customers apart: "7F3A".
portal-sales-customer = Cliente { $code }
# Beside a status, with a date.
portal-sales-payable-on = disponible el { $day }
portal-sales-since = desde el { $day }
portal-sales-paid-on = el { $day }
portal-sales-statement = Extracto mensual
portal-sales-statement-month = Mes
# A month’s name and its year.
portal-sales-month = { $month } de { $year }
# What a commission's status means.
portal-sales-on-hold = En espera
portal-sales-deducted = Descontado
portal-sales-deducted-next = Se descuenta de tu próximo pago.
portal-sales-deducted-paid = Descontado de un pago.
portal-sales-on-its-way = En un pago
portal-sales-on-its-way-why = Incluido en un pago que está en camino.
portal-sales-payable = Disponible
portal-sales-payable-why = Incluido en tu próximo pago.
portal-sales-paid = Pagado
portal-sales-paid-why = Ya se te ha pagado.
portal-sales-left = Liquidado en otro sitio
portal-sales-left-why = La marca lo dejó en manos de la plataforma que usaba antes. Aquí no se paga.
portal-sales-refunded = Reembolsado
portal-sales-refunded-sale = El cliente recibió un reembolso, así que no hay comisión.
portal-sales-reversed = Se revirtió.
portal-sales-not-credited = No acreditado
portal-sales-denied = La marca lo rechazó.
portal-sales-denied-sale = La marca lo rechazó o lo acreditó a otra persona.
# $why is another of these sentences.
portal-sales-overpaid = { $why } El importe pagado de más se descontará de tu próximo pago.
portal-sales-review-sale = La marca está revisando esta venta.
portal-sales-review = La marca lo está revisando.
portal-sales-review-first = La marca está revisando la primera venta a este cliente.
portal-sales-disputed = El cliente disputó el pago. En espera hasta que se decida.
portal-sales-hold-over = El periodo de espera ha terminado. Estará disponible en un minuto.
portal-sales-held-until = En espera hasta el { $until }.
portal-sales-held-days =
    { $days ->
        [one] En espera hasta el { $until }, 1 día después de la venta, por si hay un reembolso.
       *[other] En espera hasta el { $until }, { $days } días después de la venta, por si hay un reembolso.
    }

## One sale.

# What earned the commission, and when.
portal-sale-title = { $kind }, { $when }
portal-sale-all = Todas las ganancias
portal-sale-originally = Originalmente { $amount }.
portal-sale-given-back = Reembolsado al cliente: { $amount }.
portal-sale-how = Cómo lo ganaste
portal-sale-program = Programa
portal-sale-excluding-tax = sin impuestos
portal-sale-attribution = Atribución
portal-sale-rate = Tu tarifa
portal-sale-reason = Motivo
portal-sale-hold-ends = Fin del periodo de espera
portal-sale-calculation = Cálculo
portal-sale-activity = Tu actividad
portal-sale-timeline = Cronología
# $link is the next message, as a link.
portal-sale-wrong = Los datos de los clientes son privados. ¿Algo no cuadra? { $link }.
portal-sale-ask = Pregunta a { $brand }
# Why it's credited to the affiliate.
portal-sale-no-longer = La venta ya no se te acredita.
portal-sale-by-brand = La marca te la acreditó manualmente.
portal-sale-by-customer = Referiste a este cliente, así que también ganas con sus compras posteriores.
portal-sale-by-coupon = El cliente usó tu cupón.
portal-sale-by-click = El cliente hizo clic en tu enlace.
portal-sale-by-slug = La venta se registró con el nombre de tu enlace.
portal-sale-by-lead = Referiste a este cliente antes como lead.
portal-sale-by-other = Se te acredita.
portal-sale-by-recruit = Alguien a quien reclutaste ganó una comisión de { $amount }, y tú recibes el { $percent }.
portal-sale-click-on = Clic en { $link }
portal-sale-click = Clic en tu enlace
portal-sale-coupon = Tu cupón
portal-sale-coupon-code = Tu cupón { $code }
portal-sale-slug = El nombre de tu enlace en la venta
# The timeline: what happened with which amount, and what comes next.
portal-sale-step = { $what }: { $amount }
portal-sale-step-earned = Ganado
portal-sale-step-reversed = Revertido
portal-sale-step-payable = Pasó a estar disponible
portal-sale-step-held = Puesto de nuevo en espera
portal-sale-step-reserved = Añadido a un pago
portal-sale-step-voided = Pago cancelado
portal-sale-step-returned = Pago devuelto
portal-sale-step-offset = Compensado con un pago
portal-sale-step-paid = Pagado
portal-sale-step-left = Dejado a otra plataforma
portal-sale-step-moved = Movido
portal-sale-becomes-payable-decided = Estará disponible cuando se decida
portal-sale-becomes-payable = Estará disponible
portal-sale-in-next-payout = Incluido en tu próximo pago

## Clicks.

portal-clicks-title = Clics
portal-clicks-on-links = Clics en tus enlaces
portal-clicks-none = Sin clics en este periodo.
# $link is the next message, as a link.
portal-clicks-none-hint = Comparte { $link } para conseguir tus primeros clics. Los bots y las vistas previas de enlaces no cuentan.
portal-clicks-none-link = tu enlace
portal-clicks-date = Fecha
portal-clicks-link = Enlace
portal-clicks-source = Origen
portal-clicks-country = País
portal-clicks-device = Dispositivo
portal-clicks-direct = Directo
# $zone is a time zone, such as Europe/Berlin.
portal-clicks-note = Horas en la zona { $zone }. Los bots y las vistas previas de enlaces no cuentan, y los visitantes son anónimos.

## Profile.

portal-profile-title = Perfil
portal-profile-saved = Cambios guardados.
portal-profile-name-saved = Nombre actualizado.
portal-profile-slug-saved = Nombre del enlace actualizado. Tus enlaces antiguos dejarán de funcionar en unos segundos.
portal-profile-language-saved = Idioma cambiado.
portal-profile-save = Guardar cambios
portal-profile-you = Tú
portal-profile-name = Nombre
portal-profile-name-hint = Se muestra a la marca.
portal-profile-name-wrong = Introduce tu nombre: de 1 a { $max } caracteres.
portal-profile-email = Correo
portal-profile-email-hint = Aquí enviamos tus enlaces de acceso. Para cambiarlo, ponte en contacto con { $brand }.
portal-profile-terms = Condiciones
portal-profile-terms-accepted = Aceptadas el { $day }
portal-profile-terms-withdrawn = Retiradas
# A link follows.
portal-profile-terms-open = Aún no aceptadas.
portal-profile-terms-review = Ver condiciones
portal-profile-language = Idioma
portal-profile-language-hint = Del portal y de los correos que recibes.
portal-profile-language-wrong = Elige uno de los idiomas.
portal-profile-slug = Nombre del enlace
# $slug is shown in bold.
portal-profile-slug-now = Tus enlaces incluyen { $slug }.
portal-profile-slug-changed = Lo cambiaste el { $day }. Solo puedes hacerlo una vez; para volver a cambiarlo, ponte en contacto con { $brand }.
portal-profile-slug-change = Cambiar (solo una vez)
portal-profile-slug-ask = ¿Cambiar el nombre del enlace?
portal-profile-slug-warning = Los enlaces que ya hayas compartido dejarán de funcionar. Tus cupones no cambiarán.
portal-profile-slug-new = Nuevo nombre del enlace
portal-profile-slug-hint = De 3 a 64 letras, cifras o guiones. No podrás volver a cambiarlo.
portal-profile-slug-submit = Cambiar nombre del enlace
portal-profile-slug-once = Ya lo cambiaste una vez. Pide a la marca que lo cambie de nuevo.
portal-profile-slug-same = Tus enlaces ya usan este nombre. Introduce otro.
portal-profile-slug-too-long = Este nombre es demasiado largo para uno de tus enlaces. Introduce uno más corto.
portal-profile-slug-taken = Otro enlace o afiliado tiene este nombre.
portal-profile-slug-wrong = Usa de 3 a 64 letras, cifras, guiones o guiones bajos.
portal-profile-slug-reserved = { $slug } no es posible, porque los dominios de enlaces usan esa ruta.
portal-profile-emails = Notificaciones por correo
# The next three continue it.
portal-profile-emails-when = Recibir un correo cuando
portal-profile-emails-first-click = Alguien haga clic en tu enlace por primera vez
portal-profile-emails-commission = Ganes una comisión
portal-profile-emails-payout = Se te envíe un pago
portal-profile-emails-always = Los correos esenciales te llegarán siempre: enlaces de acceso, respuestas a tus reclamaciones y lo que necesitamos para tus pagos.
portal-profile-sessions = Sesiones
portal-profile-sessions-hint = ¿Has perdido un dispositivo o usado uno compartido? Cierra la sesión en todas partes, también aquí, y pide un nuevo enlace de acceso.
portal-profile-sign-out = Cerrar sesión en todas partes
portal-too-often = Demasiadas solicitudes. Espera un minuto y vuelve a intentarlo.

## Assets.

portal-assets-title = Recursos
portal-assets-hint = Imágenes, textos y enlaces de { $brand } para ayudarte a promocionar
portal-assets-none = Aún no hay recursos.
# $link is the next message, as a link.
portal-assets-none-hint = Aquí aparecerán imágenes, textos y enlaces de { $brand }. Mientras tanto, comparte { $link }.
portal-assets-none-link = tu enlace
portal-assets-download = Descargar
portal-assets-download-of = Descargar { $title }
portal-assets-program = Para { $program }
portal-assets-kit = Descargar todo (ZIP)
portal-assets-texts = Textos listos
portal-assets-post = Publicación

## Claims about missing sales.

portal-claims-title = Ventas que faltan
portal-claims-report = Informar de una venta que falta
portal-claims-sent = Reclamación enviada. { $brand } te responderá por correo.
portal-claims-yours = Tus reclamaciones
portal-claims-none = Aún no hay reclamaciones.
# $link is portal-sales-title, as a link.
portal-claims-none-hint = Si alguien compró a través de ti y la venta no está en { $link }, informa a { $brand }.
portal-claims-open = Abierta
portal-claims-credited = Acreditada
portal-claims-rejected = No acreditada
portal-claims-ordered = Pedido del { $day }. Enviada el { $sent }.
portal-claims-ordered-number = Pedido del { $day }, número de pedido { $number }. Enviada el { $sent }.
portal-claims-answered = { $brand }, { $day }
portal-claims-reviewing = { $brand } la está revisando.
portal-claims-all = Todas las reclamaciones
portal-claims-order = Datos del pedido
portal-claims-order-hint = Las ventas suelen aparecer a los pocos minutos del pago. { $brand } revisará tu reclamación y te responderá por correo.
portal-claims-date = Fecha del pedido
portal-claims-bought = Qué se compró
portal-claims-number = Número de pedido
portal-claims-number-hint = Como aparece en el recibo del cliente.
portal-claims-email = Correo del cliente
portal-claims-email-hint = Solo si aceptó compartirlo. Lo usamos para encontrar la venta y después lo borramos.
portal-claims-note = Algo más
portal-claims-note-hint = Por ejemplo, dónde compartiste el enlace.
portal-claims-send = Enviar reclamación
# What is wrong with a field.
portal-claims-date-wrong = Introduce la fecha del pedido, como 2026-11-20.
portal-claims-date-future = Introduce una fecha que no sea futura.
portal-claims-date-old = Hace más de un año. Ponte en contacto con la marca.
portal-claims-bought-wrong = Introduce qué se compró (de 1 a { $max } caracteres).
portal-claims-number-wrong = Introduce el número de pedido (de 1 a { $max } caracteres).
portal-claims-email-wrong = Introduce un correo válido, como name@brand.com.
portal-claims-needs-one = Introduce el número de pedido o el correo del cliente para poder encontrar la venta.
portal-claims-note-wrong = Escribe como máximo { $max } caracteres de texto sin formato.
portal-claims-too-many = Hoy has enviado { $count } reclamaciones. Envía la próxima mañana.

## Signing in.

portal-enter-title = Te damos la bienvenida
portal-enter-hint = Continúa al portal de afiliados de { $brand }. Este enlace funciona una sola vez.
portal-enter-go = Ir al portal
# An email of another brand led here.
portal-open-title = ¿Cambiar de marca?
portal-open-hint = La página que has abierto es del portal de { $brand }. Ahora estás en el de { $here }.
portal-open-go = Cambiar a { $brand }
portal-link-title = Portal de afiliados
portal-link-hint = Introduce tu correo y te enviaremos un enlace de acceso.
portal-link-email = Correo
portal-link-send = Enviar enlace de acceso
# A sign-in link that was cut off.
portal-link-incomplete = Este enlace está incompleto
portal-link-incomplete-hint = Falta una parte del enlace. Ábrelo de nuevo desde el correo, o introduce tu correo y te enviaremos uno nuevo.
portal-link-spent = Este enlace ya no funciona
portal-link-spent-hint = Los enlaces de acceso funcionan una vez y caducan al cabo de un tiempo. Podemos enviarte uno nuevo al mismo correo.
portal-link-send-new = Enviar un enlace nuevo
portal-link-other = Usar otro correo
portal-link-sent-hint = Si eres afiliado, te hemos enviado un enlace de acceso. Funciona una vez, durante 24 horas.
portal-link-back = Volver

## Payouts.

portal-payouts-title = Pagos
portal-payouts-history = Historial de pagos
portal-payouts-none = Aún no hay pagos.
portal-payouts-none-hint = Cada pago de { $brand } aparecerá aquí con su recibo.
portal-payouts-date = Fecha
portal-payouts-amount = Importe
portal-payouts-status = Estado
portal-payouts-what-next = Qué pasa ahora
portal-payouts-next = Siguiente
portal-payouts-receipt = Recibo
portal-payouts-receipt-of = Recibo del { $day }, { $amount }
portal-payouts-pdf-of = Recibo del { $day }, { $amount }, PDF
portal-payouts-older = Pagos anteriores
portal-payouts-by-year = Por año
portal-payouts-statement = Resumen de { $year }
portal-payouts-all = Todos los pagos

## One payout's receipt.

portal-receipt-title = Pago { $id }
portal-receipt-from = { $amount } de { $brand }
portal-receipt-test-mode = Modo de prueba: nada en esta página es real y no se movió dinero.
# The notice where a payout isn't simply paid. $why is empty, or a sentence with a space before it.
portal-receipt-not-paid = Aún no pagado. { $amount } está en una tanda de pagos. Esta es una vista previa del recibo.
portal-receipt-not-confirmed = Aún no confirmado. El servicio de pago no ha confirmado { $amount }. Lo comprobamos antes de volver a enviar nada.
portal-receipt-failed = Fallido. No se envió nada y el importe completo vuelve a estar disponible.{ $why }
portal-receipt-reversed = Revertido. { $amount } se envió y se devolvió por completo. El importe completo vuelve a estar disponible.{ $why }
portal-receipt-partly-reversed = Revertido en parte. { $returned } de { $amount } se devolvió y vuelve a estar disponible.{ $why }
# $reason is what the bank says.
portal-receipt-rejected = Pagado, pero rechazado por el banco del destinatario: { $reason } El dinero está en la cuenta de pago.
portal-receipt-details = Detalles
portal-receipt-brand = De
portal-receipt-to = Para
portal-receipt-payout = Pago
portal-receipt-affiliate = Afiliado
portal-receipt-earned = Ganado
portal-receipt-method = Método de cobro
portal-receipt-paid-to = Pagado a
portal-receipt-created = Creado el
portal-receipt-paid = Pagado el
portal-receipt-transfer = Transferencia
portal-receipt-reference = Referencia
portal-receipt-commissions = Comisiones
portal-receipt-no-commissions = Aún no hay comisiones.
portal-receipt-no-commissions-hint = Aparecerán aquí cuando se prepare el pago.
portal-receipt-program = Programa
portal-receipt-source = Origen
portal-receipt-amount-in = Importe, { $currency }
portal-receipt-reversal = Reversión: { $what }
portal-receipt-net = Importe neto
portal-receipt-gross = Comisiones menos reversiones
portal-receipt-withheld = Impuestos retenidos
portal-receipt-returned = Devuelto
portal-receipt-will-receive = Recibirás
portal-receipt-received = Recibiste
portal-receipt-note = { $brand } paga a sus afiliados desde su propia cuenta. Las fechas están en la zona { $zone }. Esto es un recibo, no un documento fiscal ni una factura.
portal-receipt-pdf = Descargar recibo (PDF)

## The payouts of a year.

portal-year-title = Pagos de { $brand } en { $year }
portal-year-unfinished = { $year } aún no ha terminado.
portal-year-unfinished-day = { $year } aún no ha terminado. Última actualización: { $day }.
portal-year-none = No hay pagos en { $year }.
# $link is the next message, as a link.
portal-year-none-hint = Consulta { $link } para ver lo que está en camino.
portal-year-none-link = tus pagos
portal-year-in-currency = { $amount } en { $currency }
portal-year-month = Mes
portal-year-payouts = Pagos
portal-year-commissions = Comisiones
portal-year-withheld = Impuestos retenidos
portal-year-returned = Devuelto
portal-year-received = Recibido
portal-year-total = Año
portal-year-january = Enero
portal-year-february = Febrero
portal-year-march = Marzo
portal-year-april = Abril
portal-year-may = Mayo
portal-year-june = Junio
portal-year-july = Julio
portal-year-august = Agosto
portal-year-september = Septiembre
portal-year-october = Octubre
portal-year-november = Noviembre
portal-year-december = Diciembre
portal-year-note = Este resumen no es un documento fiscal. Muestra los pagos y devoluciones por fecha en la zona horaria de la marca. Las fechas, tipos de cambio y comisiones de tu banco pueden ser distintos. Si la ley exige un formulario fiscal como el 1099-NEC, la marca lo envía por separado.
portal-year-pdf = Descargar PDF

## How an affiliate is paid.

portal-setup-title = Método de cobro
portal-setup-ready = Configurado
portal-setup-not-ready = Sin configurar
portal-setup-saved = Método de cobro guardado. Se aplica desde tu próximo pago.
portal-setup-saved-stripe = Método de cobro guardado. Desde tu próximo pago cobrarás por Stripe.
portal-setup-back = Hola de nuevo. Este es tu estado actual en Stripe:
portal-setup-checked = Estado actualizado. Este es tu estado actual en Stripe:
portal-setup-over = Elige tu país de nuevo.
portal-setup-current = Método actual: { $method }
# $hint is a masked address or account, in bold.
portal-setup-pays = { $brand } te paga por { $method } a { $hint }.
portal-setup-bank-transfer = Transferencia bancaria
portal-setup-company = { $country }, empresa
portal-setup-individual = { $country }, particular
portal-setup-to-do = Pendiente
portal-setup-later = Necesario más adelante
portal-setup-extra-day = En tu país, los pagos de Stripe tardan un día más en llegar.
portal-setup-continue = Continuar en Stripe
portal-setup-dashboard = Abrir el panel de Stripe
portal-setup-check = Comprobar estado
portal-setup-switch-back = Volver a Stripe
portal-setup-wrong-country = ¿País equivocado?
portal-setup-wrong-country-hint = No se puede cambiar el país de una cuenta de Stripe. A esta aún no se ha pagado nada, así que puedes empezar de nuevo con otra cuenta.
portal-setup-over-ask = ¿Empezar de nuevo con otra cuenta de Stripe?
portal-setup-start-over = Empezar de nuevo
# A time follows, as <time>.
portal-setup-checked-at = Comprobado: { $when }.
portal-setup-stripe-hint = La opción más rápida: Stripe paga directamente en tu cuenta bancaria. La configuración lleva unos minutos. Ten a mano tus datos bancarios y un documento de identidad. { $brand } nunca los ve.
portal-setup-country = País de tu cuenta bancaria
portal-setup-country-hint = No podrás cambiarlo después.
portal-setup-country-wrong = Elige el país de tu cuenta bancaria.
portal-setup-choose = Elegir…
portal-setup-entity = Tipo de cuenta
portal-setup-entity-individual = Particular o autónomo
portal-setup-entity-company = Empresa
portal-setup-entity-wrong = Elige particular o empresa.
portal-setup-to-stripe = Continuar a Stripe
portal-setup-to-stripe-hint = Continuarás en el sitio de Stripe. Al terminar, Stripe te trae de vuelta.
portal-setup-no-country = ¿No ves tu país? Elige otro método más abajo.
portal-setup-other = Otros métodos
portal-setup-choose-method = Elige un método
portal-setup-other-hint = { $brand } envía estos pagos manualmente o por lotes. Tus datos se guardan cifrados y te escribimos cada vez que cambian.
portal-setup-account-email = Correo de tu cuenta de { $method }
portal-setup-use = Usar { $method }
portal-setup-use-bank-transfer = Usar transferencia bancaria
portal-setup-holder = Titular de la cuenta
portal-setup-account = Cuenta bancaria
portal-setup-account-hint = IBAN y BIC, o número de cuenta, código y nombre del banco. Un dato por línea.
portal-setup-rail-wrong = Elige uno de los métodos de cobro de esta página.
# The status of an account at Stripe, in a word or two and in a sentence.
portal-account-creating = creándose
portal-account-onboarding = sin terminar
portal-account-checking = en revisión
portal-account-ready = lista
portal-account-restricted = acción necesaria
portal-account-closed = cerrada
portal-account-creating-hint = Stripe está creando la cuenta. Tarda más o menos un minuto.
portal-account-onboarding-hint = Stripe necesita algunos datos tuyos antes de poder pagarte.
portal-account-checking-hint = Stripe está comprobando tus datos. Ahora no tienes que hacer nada.
portal-account-ready-hint = Todo listo para cobrar.
portal-account-restricted-hint = Stripe no puede pagarte hasta que completes los pasos de abajo.
portal-account-closed-hint = Stripe cerró esta cuenta. Configura una nueva o elige otro método de cobro.
portal-account-left = Esta cuenta se sustituyó por otra.
portal-account-switched = La marca cambió a otra cuenta de Stripe. Configura una nueva.
portal-account-disconnected = La cuenta ya no está conectada con la marca. Configura una nueva.
# $reason is what Stripe says, in English.
portal-account-refused = Stripe no creó la cuenta: { $reason }
# Why Stripe disabled an account.
portal-account-disabled-details = Stripe necesita más datos antes de poder pagar.
portal-account-disabled-checking = Stripe está comprobando los datos.
portal-account-disabled-review = Stripe está revisando la cuenta.
portal-account-disabled-listed = Stripe está comprobando la cuenta en listas de sanciones.
portal-account-disabled-paused = La marca pausó esta cuenta de Stripe.
portal-account-disabled-fraud = Stripe cerró la cuenta: sospecha de fraude.
portal-account-disabled-terms = Stripe cerró la cuenta: incumplimiento de las condiciones.
portal-account-disabled-person = Stripe cerró la cuenta: no puede pagar a esta persona.
portal-account-disabled-verification = Stripe cerró la cuenta: la verificación falló.
portal-account-disabled-closed = Stripe cerró la cuenta.
portal-account-disabled-other = Stripe desactivó la cuenta. Pregunta el motivo al soporte de Stripe.

## The tax form. The forms themselves are in English, as those of the IRS are.

portal-tax-title = Formulario fiscal
portal-tax-yours = Tu formulario fiscal
portal-tax-status = Estado
portal-tax-number = el número termina en { $hint }
portal-tax-changed = ¿Ha cambiado tu nombre, dirección o país? Envía abajo un formulario nuevo en un plazo de 30 días. Sustituirá a este.
portal-tax-none = Aún no hay formulario fiscal.
# $notice is one of the next three.
portal-tax-none-hint = { $notice } Se tarda unos cinco minutos.
portal-tax-without-warn = { $brand } pide un formulario fiscal a todas las personas a las que paga. Mientras tanto, puedes seguir cobrando.
portal-tax-without-hold = { $brand } necesita uno antes de poder pagarte.
portal-tax-without-withhold = Sin uno, { $brand } tiene que retener el 24{ "\u00A0" }% de tus pagos.
portal-tax-find = Encuentra tu formulario
# $form is a form's name, such as W-9, in bold, and $whose one of the next three.
portal-tax-need = Necesitas el formulario { $form }, para { $whose }.
portal-tax-whose-us = personas y empresas de EE. UU.
portal-tax-whose-person = personas fuera de Estados Unidos
portal-tax-whose-entity = empresas y otras entidades fuera de Estados Unidos
portal-tax-fill-in = Rellenar { $form }
# $link is the next message, as a link.
portal-tax-upload = Tu formulario es válido en cuanto lo firmes. O { $link }, que { $brand } tiene que revisar antes.
portal-tax-upload-link = sube un PDF firmado
portal-tax-other-person = Como trabajas en Estados Unidos pero no eres una persona estadounidense, necesitas el formulario 8233, W-4 o W-8ECI, que no se puede enviar aquí. Ponte en contacto con la marca antes de continuar.
portal-tax-other-entity = Como tu empresa trabaja en Estados Unidos, normalmente necesita el formulario W-8ECI, que no se puede enviar aquí. Ponte en contacto con la marca antes de continuar.
portal-tax-answers = Cambiar tus respuestas
portal-tax-unfinished = Responde a las tres preguntas.
portal-tax-us-person = ¿Eres ciudadano o residente de Estados Unidos, o una empresa constituida allí?
portal-tax-yes = Sí
portal-tax-no = No
portal-tax-entity = ¿Quién cobra?
portal-tax-entity-person = Un particular, a su nombre
portal-tax-entity-company = Una empresa u otra entidad
portal-tax-works = ¿Se hace parte del trabajo en Estados Unidos?
portal-tax-show = Mostrar mi formulario
# Links to the three forms follow.
portal-tax-known = ¿Ya sabes cuál es tu formulario?
portal-tax-no-advice = Esto no es asesoramiento fiscal. Las preguntas siguen las instrucciones del IRS.
portal-tax-submitted = Formularios enviados
portal-tax-open = Abrir PDF
portal-tax-signed = firmado el { $signed }, enviado el { $submitted }
portal-tax-too-many = Hoy has enviado demasiados formularios. Vuelve a intentarlo mañana o pregunta a la marca si el último está bien.
# A form's status, in a word or two and in a sentence.
portal-tax-waiting = En revisión
portal-tax-waiting-hint = La marca lo está revisando. Recibirás un correo si falta algo.
portal-tax-valid = Registrado
portal-tax-valid-hint = Válido hasta que cambie algún dato.
portal-tax-valid-until = Válido hasta el { $day } o hasta que cambie algún dato.
portal-tax-expired = Caducado
portal-tax-expired-hint = Este formulario ha caducado. Firma uno nuevo.
portal-tax-rejected = Rechazado
# $reason is the brand's, or the next message.
portal-tax-rejected-hint = { $reason } Envía un formulario nuevo.
portal-tax-rejected-reason = La marca no pudo aceptar este formulario.
portal-tax-replaced = Sustituido
portal-tax-replaced-hint = Sustituido por un formulario más reciente.

## Rewards: milestones, contests and bounties. $gift is what is given: "$50.00", "the segment gold".

portal-rewards-title = Recompensas
portal-rewards-hint = Lo que { $brand } te da además de tus comisiones.
portal-rewards-open = Lo que puedes ganar
portal-rewards-none = Ahora no hay recompensas.
portal-rewards-none-hint = Cuando { $brand } ofrezca una recompensa, la verás aquí.
portal-rewards-gift = Recibes: { $gift }
portal-rewards-until = Hasta el { $day }
# $rest is what is missing: "3 sales".
portal-rewards-to-go = Te faltan { $rest }
portal-rewards-to-go-until = Te faltan { $rest } hasta el { $day }
portal-rewards-reached = Lo has conseguido.
# The place in a contest; $value is "12 sales".
portal-rewards-place = Estás en el puesto { $place }, con { $value }.
portal-rewards-place-until = Estás en el puesto { $place }, con { $value }. Termina el { $day }.
portal-rewards-uncounted = Ahora hay demasiadas ventas para calcular los puestos. Lo que ganas no cambia.
portal-rewards-progress = Progreso
portal-rewards-takes-back = Los reembolsos pueden deshacerlo. En ese caso se descuenta el importe.
portal-rewards-submit = Enviar prueba
portal-rewards-submit-of = Enviar prueba de { $title }
portal-rewards-yours = Tus recompensas
portal-rewards-yours-none = Todavía nada. Aquí verás lo que ganes o envíes.
portal-rewards-waiting = En revisión
portal-rewards-approved = Aprobada
portal-rewards-rejected = No aprobada
portal-rewards-given = Ganada
portal-rewards-taken-back = Retirada
portal-rewards-sent = Enviada. Recibirás un correo cuando se revise.
portal-rewards-board = Clasificación: { $program }
portal-rewards-board-until = Hasta el { $day }
portal-rewards-board-none = Todavía no hay nadie.
portal-rewards-board-place = Puesto
portal-rewards-board-name = Nombre
portal-rewards-board-value = Resultado
portal-rewards-you = Tú
portal-rewards-nameless = Afiliado { $number }
portal-rewards-name-title = Tu nombre en las clasificaciones
portal-rewards-name-hint = Los demás afiliados solo ven un número, salvo que tú aceptes. Puedes elegir cualquier nombre y cambiar de opinión cuando quieras.
portal-rewards-name = Nombre
portal-rewards-name-shown = Mostrar este nombre a los demás afiliados
portal-rewards-name-save = Guardar
portal-rewards-name-saved = Guardado.
portal-rewards-name-wrong = Escribe un nombre de hasta { $max } caracteres.
portal-rewards-all = Todas las recompensas
portal-rewards-links = Enlaces
portal-rewards-links-hint = Uno por línea, hasta { $max }.
portal-rewards-links-hosts = Uno por línea, hasta { $max }, en { $hosts }.
portal-rewards-note = Descripción
portal-rewards-note-hint = Qué has hecho y todo lo que ayude a la revisión.
portal-rewards-file = Imagen o PDF
portal-rewards-file-hint = PNG, JPEG, GIF, WebP o PDF, hasta 5 MB.
portal-rewards-send = Enviar
portal-rewards-links-wrong = Escribe de 1 a { $max } enlaces, uno por línea.
portal-rewards-link-wrong = Este enlace no se acepta aquí: { $link }
portal-rewards-note-wrong = Escribe una descripción de hasta { $max } caracteres.
portal-rewards-file-wrong = Elige una imagen o un PDF de hasta 5 MB.
portal-rewards-too-many = Hoy has enviado { $count } pruebas. Inténtalo mañana.
portal-rewards-closed = Esta recompensa está cerrada, o ya la has solicitado.

## Recruits.

portal-recruits-title = Reclutar a otros
portal-recruits-hint = Invita a otras personas a { $brand }. Cuando alguien a quien reclutaste gana una comisión, recibes además una parte.
portal-recruits-offer = Recibes el { $percent } de cada comisión que gana en { $program } alguien a quien reclutaste.
portal-recruits-link = Tu enlace para reclutar en { $program }
portal-recruits-off = Ningún programa paga por reclutar en este momento
portal-recruits-off-hint = Pregunta a { $brand } si lo tiene previsto.
portal-recruits-count = { $count ->
    [one] 1 persona reclutada
   *[other] { $count } personas reclutadas
}
portal-recruits-none = Nadie ha solicitado unirse con tu enlace todavía. Compártelo con quienes también podrían promocionar la marca.
portal-recruits-earned = Ganado gracias a ellas: { $amount }
portal-recruits-row = { $name }, desde { $date }
portal-recruits-someone = Alguien a quien reclutaste

# Preguntas al modelo de IA de la marca
portal-ask-title = Pregunta por tus ganancias
portal-ask-hint = Un modelo de IA responde a partir de tus propios enlaces, ganancias y pagos en { $brand }. No cambia nada y puede equivocarse.
portal-ask-question = Tu pregunta
portal-ask-kept = Tu pregunta va al proveedor de IA de { $brand }. Aquí no se guarda, y cada pregunta es independiente.
portal-ask-send = Preguntar
portal-ask-cut = La respuesta no está completa.
portal-ask-length = Escribe de 1 a { $count } caracteres.
portal-ask-often = Preguntas demasiado rápido. Espera un minuto y vuelve a intentarlo.
portal-ask-own-limit = Ya has usado tus respuestas de hoy. Vuelve a intentarlo mañana.
portal-ask-brand-limit = Las respuestas de hoy se han agotado. Vuelve a intentarlo mañana.
portal-ask-failed = Ahora mismo no hay respuesta. Vuelve a intentarlo más tarde.
