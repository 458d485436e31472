# Texts of the public program pages, where people read what a program offers and apply.
# $brand and $program are names. What the brand wrote itself isn't translated: its headline, introduction, questions and terms.

# The locale for link previews (`og:locale`): a language and a country, such as de_DE.
program-locale = es_ES
# Names the list of languages for screen readers.
program-languages = Idioma

## The offer.

# The headline of a page whose brand hasn't written one.
program-headline = Recomienda { $brand }
# For search engines and link previews; $offer is what the program pays, in whole phrases.
program-description = Únete a { $program }, el programa de afiliados de { $brand }. { $offer }
program-preview = Esto es una vista previa. Solo la ve tu equipo.
program-preview-back = Volver al editor
program-by = { $program } de { $brand }
program-apply-now = Solicitar acceso
# Names a section for screen readers.
program-introduction = Introducción
program-earn-title = Lo que ganas
program-earn-later = { $brand } te dará los detalles cuando responda a tu solicitud.
program-discount = Con tu código de cupón, los clientes obtienen { $discount }.

program-steps-title = Cómo funciona
# Each step is a bold sentence, followed by a second one.
program-step-share = Comparte tu enlace.
program-step-share-more = Recibirás tu propio enlace en cuanto te acepten.
program-step-buy = La gente hace clic y compra.
program-step-buy-more =
    { $days ->
        [one] Cuentan las compras hasta 1 día después del clic.
       *[other] Cuentan las compras hasta { $days } días después del clic.
    }
program-step-earn = Ganas una comisión.
program-step-earn-more = En tu portal ves cada clic y cada venta.

# The calculator: a slider for the number of new customers, and what they earn.
program-calculator-title = Lo que podrías ganar
program-calculator-customers = Clientes nuevos en un mes
program-calculator-first = Con sus primeros pagos
program-calculator-year = En 12 meses, si todos siguen
# $price is an amount; the figures are an example.
program-calculator-basis = Un ejemplo con clientes que pagan { $price } al mes. No incluye reembolsos.

# A table: what on the left, how it is in this program on the right.
program-rewards-title = Las recompensas de un vistazo
program-rewards-earn = Ganas
program-rewards-window = Las compras cuentan
program-rewards-window-is =
    { $days ->
        [one] durante 1 día después de un clic en tu enlace
       *[other] durante { $days } días después de un clic en tu enlace
    }
program-rewards-model = Si varios afiliados recomiendan la marca a la misma persona
program-rewards-model-is =
    { $model ->
        [first] gana el primero
       *[last] gana el último
    }
program-rewards-later = Las compras posteriores de tus clientes
program-rewards-later-is =
    { $binding ->
        [none] solo cuentan después de otro clic
       *[customer] siguen siendo tuyas
    }
program-rewards-payable = Las comisiones se pueden pagar
program-rewards-payable-is =
    { $days ->
        [0] de inmediato
        [one] 1 día después de la venta
       *[other] { $days } días después de la venta
    }

program-faq-title = Preguntas y respuestas
program-faq-credit = ¿Cuándo cuenta una venta para mí?
program-faq-later = ¿Gano también con compras posteriores?
program-faq-payable = ¿Cuándo se pueden pagar las comisiones?
program-faq-cost = ¿Cuesta algo participar?
program-faq-cost-answer = No, participar es gratis.
# $host is a site, such as youtube.com.
program-video-host = Abre { $host }
program-quotes-title = Lo que dicen otras personas

program-credit-window =
    { $days ->
        [one] Una venta cuenta para ti cuando alguien sigue tu enlace y compra en el plazo de 1 día.
       *[other] Una venta cuenta para ti cuando alguien sigue tu enlace y compra en el plazo de { $days } días.
    }
program-credit-several =
    { $model ->
        [first] Si varios afiliados recomendaron la marca a la misma persona, la venta cuenta para el primero.
       *[last] Si varios afiliados recomendaron la marca a la misma persona, la venta cuenta para el último.
    }
program-credit-later =
    { $binding ->
        [none] Cada compra se atribuye por separado.
       *[customer] Tus clientes siguen siendo tuyos: también ganas con sus compras posteriores.
    }
program-credit-payable =
    { $days ->
        [0] Las comisiones se pueden pagar de inmediato.
        [one] Las comisiones se pueden pagar 1 día después de la venta, cuando termina el plazo de devolución.
       *[other] Las comisiones se pueden pagar { $days } días después de la venta, cuando termina el plazo de devolución.
    }

program-terms-title = Condiciones
program-terms-version = Versión { $version }, vigente desde el { $date }

program-sign-in = ¿Ya eres afiliado de { $brand }?
program-sign-in-link = Inicia sesión

## The application form.

program-apply-title = Solicitud
program-apply-approved = Te aceptaremos en cuanto confirmes tu dirección de correo.
program-apply-reviewed = { $brand } revisa cada solicitud y responde por correo.
program-apply-within =
    { $days ->
        [one] { $brand } revisa cada solicitud y responde por correo en el plazo de 1 día.
       *[other] { $brand } revisa cada solicitud y responde por correo en el plazo de { $days } días.
    }
program-apply-known = Has iniciado sesión como { $email }. Hemos rellenado tu nombre y tu correo.
program-form-problems =
    { $count ->
        [one] Corrige 1 campo. Tus respuestas siguen ahí.
       *[other] Corrige { $count } campos. Tus respuestas siguen ahí.
    }
# A field that people don't see; it catches programs that fill in every field.
program-form-honeypot = Deja este campo vacío
program-form-terms = Acepto las condiciones de { $brand }.
program-form-terms-link = Leer las condiciones
program-form-send = Enviar solicitud
program-form-storage = { $brand } recibe y guarda tus respuestas para contestarte y pagarte.

# The questions of a new form, as long as the brand hasn't changed them. Promote us: recommend the brand.
program-form-label =
    { $question ->
        [email] Correo electrónico
        [name] Nombre completo
        [website] Sitio web o canal
        [promotion] ¿Cómo nos vas a recomendar?
       *[alias] Nombre del enlace
    }
program-form-hint =
    { $question ->
        [website] Tu web, blog, canal o boletín.
       *[alias] La última parte de tu enlace: de 3 a 64 letras, cifras o guiones.
    }
# Stands behind the label of a question that may be left out.
program-form-optional = opcional
program-form-choose = Elige…
program-form-country = País
# $question is the label of a question for a phone number.
program-form-phone-code = { $question }: prefijo del país
program-form-address =
    { $part ->
        [street] Calle y número
        [extra] Piso, puerta
        [city] Ciudad
        [region] Provincia o región
       *[postcode] Código postal
    }

## Why a form was refused.

program-form-needs-answer = Este campo es obligatorio.
program-form-needs-consent = Marca esta casilla para continuar.
program-form-needs-option = Elige una opción.
program-form-needs-options = Elige al menos una opción.
program-form-needs-country = Elige un país.
program-form-needs-code = Elige el prefijo del país.
program-form-unknown-option = Elige una de estas opciones.
program-form-too-long = Usa como máximo { $most } caracteres.
program-form-answers-too-long = Tus respuestas son demasiado largas en conjunto. Acorta esta.
program-form-one-line = Escríbelo en una sola línea.
program-form-control-characters = Elimina los caracteres de control.
program-form-name-with-address = Escribe tu nombre sin direcciones web y deja un espacio después de cada punto.
program-form-not-email = Escribe una dirección de correo válida, por ejemplo nombre@example.com.
program-form-disposable-email = Usa una dirección de correo permanente. No se aceptan direcciones desechables.
program-form-not-url = Escribe una dirección web válida, por ejemplo https://example.com.
program-form-not-number = Escribe un número.
# The date is sent in this form whatever the language.
program-form-not-date = Escribe la fecha con el formato AAAA-MM-DD.
program-form-not-phone = Escribe un número de teléfono, por ejemplo 612 345 678.
program-form-not-alias = Usa de 3 a 64 letras, cifras o guiones.
program-form-alias-reserved = «{ $alias }» está reservado. Elige otro nombre para tu enlace.
program-form-alias-taken = Ese nombre de enlace ya está ocupado. Elige otro o deja el campo vacío.
program-form-terms-missing = Marca la casilla para aceptar las condiciones.
program-form-terms-changed = Las condiciones han cambiado mientras rellenabas el formulario. Léelas de nuevo y marca la casilla.
program-form-too-fast = Eso ha sido muy rápido. Revisa tus respuestas y envía el formulario otra vez.
program-form-expired = Este formulario ha caducado. Envíalo otra vez para presentar tu solicitud.
program-form-sent-before = Este formulario ya se envió. Para presentar otra solicitud, revisa tus respuestas y envíalo de nuevo.
program-form-busy = Ahora mismo estamos recibiendo muchas solicitudes. Inténtalo de nuevo en unos minutos.

## The page after an application.

# In the browser's tab.
program-thanks-tab = Gracias
program-thanks-title = Gracias por tu solicitud
program-thanks-inbox = Mira tu bandeja de entrada: te hemos enviado un correo. Si no llega en unos minutos, mira en la carpeta de spam.
program-thanks-next = Qué pasa ahora
# For who is approved by confirming their address.
program-thanks-open = Abre el correo y confirma tu dirección. Con eso quedas aceptado y entras en el portal, donde está tu enlace.
program-thanks-share = Comparte tu enlace.
program-thanks-paid = En el portal, elige cómo quieres cobrar y sigue tus ganancias.
# For who waits for a decision.
program-thanks-review = { $brand } revisa tu solicitud.
program-thanks-review-within =
    { $days ->
        [one] { $brand } revisa tu solicitud en el plazo de 1 día.
       *[other] { $brand } revisa tu solicitud en el plazo de { $days } días.
    }
program-thanks-email = Recibirás un correo en cualquier caso. Si te aceptan, incluye tu enlace y el acceso al portal.
program-thanks-track = Comparte tu enlace y sigue tus ganancias en el portal.
# Links that share the program page; $program and $brand are names.
program-share-title = ¿Conoces a alguien que quiera participar?
program-share-link = la dirección de la página
program-share-text = { $program } de { $brand }: recomienda y gana comisiones.
program-share-email = Correo
program-thanks-back = Volver a { $program }

## Pages that stop emails, behind a link in each of them.

program-unsubscribe-title = ¿Dejar de recibir estos correos?
# $emails says which ones, such as the next message.
program-unsubscribe-message = Dejarás de recibir estos correos de { $brand }: { $emails }.
program-unsubscribe-commissions = Clics y comisiones
program-unsubscribe-button = Darme de baja
program-unsubscribed-title = Baja confirmada
program-unsubscribed-message = Ya no te enviaremos correos sobre clics y comisiones, pero sí sobre tus pagos y tu cuenta.
program-invitations-title = ¿No recibir más invitaciones?
program-invitations-message = Las marcas de Rekomi ya no podrán enviarte invitaciones, ni otros correos antes de que hayas iniciado sesión. Seguirás recibiendo correos sobre los programas en los que participas y sobre tus solicitudes.
program-invitations-button = No recibir invitaciones
program-invitations-stopped-title = Ya no recibirás invitaciones
program-invitations-stopped-message = Las marcas de Rekomi ya no pueden invitarte por correo, ni enviarte otros correos antes de que hayas iniciado sesión. Seguirás recibiendo correos sobre los programas en los que participas, por ejemplo sobre tus ganancias, y sobre tus solicitudes.
program-invitations-stopped-link = Ir a Rekomi

## Pages that say what went wrong.

program-error-title =
    { $problem ->
        [missing] Página no encontrada
        [denied] Sin acceso
        [busy] No disponible por el momento
        [too-many] No ha funcionado
        [refused] No ha funcionado
       *[broken] Algo ha salido mal
    }
program-error-message =
    { $problem ->
        [missing] No hay nada en esta dirección. Comprueba la dirección.
        [denied] No tienes acceso a esta página.
        [busy] El servicio está ocupado o se está reiniciando. No se ha cambiado nada. Inténtalo de nuevo en un momento.
        [too-many] Demasiadas solicitudes. Espera un minuto e inténtalo de nuevo.
        [refused] Revisa tus datos e inténtalo de nuevo.
       *[broken] Algo ha salido mal por nuestra parte. Inténtalo de nuevo más tarde.
    }
program-error-back = Volver
program-error-search = Buscar
program-error-dashboard = Ir al panel
program-error-portal = Ir al portal de afiliados

## The question about the recruiter.

program-form-recruiter = ¿Quién te habló de nosotros?
program-form-recruiter-hint = El nombre o el nombre del enlace de uno de nuestros afiliados. Puede recibir una parte adicional; tú ganas lo mismo.
program-form-recruiter-name = Esa persona puede ver mi nombre
