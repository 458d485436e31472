# Textos de la red de creadores, como los ven los creadores.

## El marco de cada página.

creator-network = Red de creadores
creator-menu-programs = Programas
creator-menu-applications = Solicitudes
creator-menu-invitations = Invitaciones
creator-menu-profile = Perfil
creator-menu-visibility = Quién me ve
creator-menu-brands = Mis programas

## Registro e inicio de sesión.

creator-join-title = Únete a la red de creadores
creator-join-hint = Escribe tu correo electrónico. Te enviaremos un enlace que inicia tu sesión y crea tu perfil si aún no lo tienes.
creator-join-email = Correo electrónico
creator-join-email-wrong = Escribe un correo electrónico válido, como nombre@example.com.
creator-join-send = Enviar enlace
creator-join-privacy = Las marcas no ven nada de ti hasta que publiques tu perfil, y tu dirección solo cuando te postules o aceptes una invitación.
creator-join-continue = Continuar como { $email }
creator-join-continue-hint = Con esta dirección tienes la sesión iniciada en el portal de una marca. O usa otra:
creator-join-back = Volver
creator-join-sent = Te hemos enviado un enlace. Funciona una vez, durante un día. Si no llega en unos minutos, mira en la carpeta de spam y revisa la dirección.
creator-join-spent = Este enlace ya no funciona
creator-join-spent-hint = Un enlace funciona una vez, durante un día. Podemos enviar uno nuevo a la misma dirección.
creator-join-send-new = Enviar enlace nuevo
creator-join-other = Usar otra dirección
creator-enter-title = Entra en la red de creadores
creator-enter-hint = Iniciarás sesión como { $email }.
creator-enter-go = Iniciar sesión

## El perfil.

creator-profile-title = Tu perfil
creator-profile-welcome = Escribe tu perfil una vez y postúlate con él a cualquier programa. Las marcas no ven nada hasta que lo publiques.
creator-profile-complete = Tu perfil está completo al { $percent } %
creator-profile-missing =
    { $part ->
        [topics] Elige al menos un tema.
        [channel] Añade un canal.
        [headline] Escribe un titular.
        [bio] Cuenta qué haces.
        [languages] Elige los idiomas de tu contenido.
        [country] Elige tu país.
        [formats] Elige cómo presentas productos.
        [earnings] Elige cómo prefieres ganar.
        [verified] Verifica un canal.
       *[results] Describe resultados recientes.
    }
creator-profile-about = Sobre ti
creator-profile-name = Nombre
creator-profile-name-hint = Tu nombre o el de tu canal. Las marcas lo ven, o tus iniciales si lo prefieres.
creator-profile-name-wrong = Escribe un nombre (de 1 a { $count } caracteres).
creator-profile-name-address = Un nombre no puede contener una dirección de correo o web.
creator-profile-handle = Alias
creator-profile-handle-hint = De 3 a 40 minúsculas, cifras y guiones.
creator-profile-handle-wrong = Usa de 3 a 40 minúsculas, cifras y guiones, empezando por una letra o cifra.
creator-profile-handle-taken = Otra persona tiene este alias. Elige otro.
creator-profile-headline = Titular
creator-profile-headline-hint = Qué haces, en una línea.
creator-profile-bio = Biografía
creator-profile-bio-hint = Qué creas y para quién.
creator-profile-country = País
creator-profile-topics = Temas, hasta 5
creator-profile-languages = Idiomas de tu contenido
creator-profile-formats = Cómo presentas productos
creator-profile-earnings = Cómo prefieres ganar
creator-profile-portfolio = Portafolio
creator-profile-portfolio-hint = Las marcas ven esta dirección cuando te postulas o aceptas una invitación.
creator-profile-results = Resultados recientes
creator-profile-results-hint = Con tus palabras: qué promocionaste y qué resultó.
creator-profile-wont = Qué no promocionas
creator-profile-wont-hint = Evita ofertas inadecuadas para ti y las marcas.
creator-profile-save = Guardar perfil
creator-profile-saved = Perfil guardado
creator-profile-too-long = Usa como máximo { $count } caracteres.
creator-profile-odd-characters = Quita saltos de línea o caracteres invisibles.
creator-profile-choose = Elige una de las opciones.
creator-profile-too-many = Elige como máximo { $count }.
creator-profile-url-wrong = Escribe una dirección web, como https://example.com/work.

## Canales.

creator-channels-title = Canales
creator-channels-none = Aún no hay canales
creator-channels-none-hint = Añade dónde llegas a la gente. Las marcas ven el tipo y el tamaño de la audiencia, y la dirección solo tras un contacto.
creator-channels-verified = Verificado
creator-channels-unverified = Sin verificar
creator-channels-how = Cómo verificarlo
creator-channels-how-dns = Crea este registro DNS:
creator-channels-how-tag = O añade esta etiqueta al encabezado de la página:
creator-channels-how-bio = Añade este código a la descripción del canal. Puedes quitarlo cuando el canal esté verificado.
creator-channels-check = Comprobar ahora
creator-channels-remove = Quitar
creator-channels-new = Añadir un canal
creator-channels-kind = Tipo
creator-channels-url = Dirección
creator-channels-url-hint = Tu propia página allí, como youtube.com/@nombre.
creator-channels-audience = Audiencia
creator-channels-audience-hint = Suscriptores, seguidores o lectores al mes.
creator-channels-add = Añadir canal
creator-channels-added = Canal añadido
creator-channels-removed =
    { $change ->
        [unlisted] Canal quitado. Tu perfil ya no está publicado, porque no tiene canal.
       *[removed] Canal quitado
    }
creator-channels-refused = Ya tienes este canal, o { $count } canales, que es el máximo.
creator-channels-mistake =
    { $mistake ->
        [platform] Esta dirección no es de la plataforma elegida.
        [profile] Escribe la dirección de tu propia página allí, no la de una publicación.
       *[address] Escribe una dirección pública que empiece por https://.
    }
creator-channels-found =
    { $found ->
        [verified] Canal verificado
        [nothing] Hemos leído la página, pero no está tu código. Los cambios pueden tardar unos minutos.
        [closed] Esta plataforma solo muestra perfiles a quienes han iniciado sesión, así que no podemos comprobarlo. Las marcas ven el canal como no verificado.
       *[unreachable] No hemos podido leer la página. Comprueba que sea pública y no redirija a otro sitio.
    }

## Quién ve a un creador.

creator-visibility-none = Aún no tienes perfil
creator-visibility-write = Editar perfil
creator-visibility-state =
    { $state ->
        [listed] Las marcas pueden encontrarte
        [paused] Tu perfil está en pausa
       *[unlisted] Ninguna marca te ve
    }
creator-visibility-who = Si tu perfil está publicado, cada marca de esta instalación que pueda buscar creadores encuentra la tarjeta de abajo, salvo aquellas a las que se la ocultes. Tu dirección y las de tus canales solo las ve una marca a la que te postules o cuya invitación aceptes.
creator-visibility-disposable = Tu correo es de un servicio de direcciones desechables, así que tu perfil no puede publicarse. Únete con una dirección duradera.
creator-visibility-needs = Antes de publicar tu perfil:
creator-visibility-list = Publicar mi perfil
creator-visibility-unlist = Dejar de publicar
creator-visibility-pause = Pausar
creator-visibility-resume = Mostrar de nuevo
creator-visibility-preview = Lo que ven las marcas
creator-visibility-preview-hint = Exactamente esto y nada más, mientras no haya contacto.
creator-visibility-choices = Opciones
creator-visibility-initials = Mostrar mis iniciales en lugar de mi nombre
creator-visibility-initials-hint = Una marca ve tu nombre cuando te postulas o aceptas una invitación.
creator-visibility-reputation = Mostrar cómo van mis ventas, en tramos
creator-visibility-reputation-hint = De al menos tres marcas juntas, nunca cifras exactas ni qué marcas.
creator-visibility-weekly = Invitaciones por semana, como máximo
creator-visibility-save = Guardar
creator-emails = Correos
creator-emails-messages = Enviadme un correo cuando una marca me escriba
creator-emails-messages-hint = Como máximo uno por hora y marca, y ninguno más hasta que leas sus mensajes.
creator-messages-end-title = ¿Dejar de recibir correos sobre mensajes?
creator-messages-end-hint = Las marcas pueden seguir escribiéndote; verás sus mensajes en la red de creadores.
creator-messages-end = Dejar de recibirlos
creator-messages-ended-title = Ya no recibirás correos sobre mensajes
creator-messages-ended = Las marcas pueden seguir escribiéndote. Puedes volver a activar los correos en «Quién me ve».
creator-messages-ended-link = Quién me ve
creator-visibility-blocks = Ocultar a marcas
creator-visibility-blocks-hint = Estas marcas no pueden encontrarte ni invitarte.
creator-visibility-brand = Marca
creator-visibility-hide = Ocultar a esta marca
creator-visibility-unhide = Mostrar de nuevo
creator-visibility-unhide-brand = Mostrar de nuevo a { $brand }
creator-visibility-unknown = Una marca que ya no está publicada
creator-visibility-no-brands = No hay más marcas publicadas aquí.
creator-visibility-waits = Tu perfil espera al operador de la red, que lo revisa primero. Aquí verás cuándo está publicado.
# $reason is the operator's own sentence.
creator-visibility-suspended = El operador de la red ocultó tu perfil a todas las marcas: { $reason } Aún puedes descargar y eliminar tus datos.
creator-visibility-done =
    { $change ->
        [listed] Las marcas ya pueden encontrarte
        [unlisted] Ninguna marca te ve ahora
        [refused] Tu perfil aún no puede publicarse. Abajo ves qué falta.
        [paused] En pausa. Ninguna marca te ve hasta que vuelvas a mostrarte.
        [resumed] Las marcas pueden encontrarte de nuevo
        [hidden] Esta marca ya no te ve
        [unhidden] Esta marca te ve de nuevo
        [full] Has ocultado tu perfil a todas las marcas posibles. Deja de publicarlo.
        [number] Escribe un número de invitaciones de 0 a 50.
        [waits] El operador de la red revisa primero tu perfil
        [suspended] El operador de la red suspendió tu perfil
       *[saved] Guardado
    }

# Lo que ven las marcas: el tipo de canal, como Sitio web, con el tamaño de su audiencia.
creator-card-channel =
    { $mark ->
        [verified] { $kind } ({ $audience }, verificado)
       *[unverified] { $kind } ({ $audience })
    }
creator-card-part =
    { $part ->
        [topics] Temas
        [channels] Canales
        [country] País
        [languages] Idiomas
        [formats] Formatos
        [earnings] Prefiere ganar
        [results] Resultados recientes
       *[wont] No promociona
    }

## Lo que alguien tiene en todas las marcas.

creator-brands-none = Aún no hay programas
creator-brands-none-hint = Los programas que conocen { $email } aparecen aquí.
creator-brands-find = Buscar programas
creator-brands-brand = Marca
creator-brands-since = Desde
creator-brands-pending = Pendiente
creator-brands-payable = Por pagar
creator-brands-paid = Pagado
creator-brands-open = Abrir portal
creator-brands-open-brand = Abrir portal: { $brand }

## Exportación y borrado.

creator-data-title = Tus datos
creator-data-export = Descargar todo
creator-data-export-hint = Tu perfil, canales, sesiones y programas como archivo JSON.
creator-data-download = Descargar
creator-data-erase = Borrar mi perfil
creator-data-erase-hint = Borra para siempre tu perfil, canales, enlaces y sesiones. Nadie puede deshacerlo.
creator-data-erase-brands =
    { $count ->
        [one] Una marca te conoce como afiliado. Sus datos, enlaces y pagos se quedan. Para borrarlos, pídeselo a la marca.
       *[other] { $count } marcas te conocen como afiliado. Sus datos, enlaces y pagos se quedan. Para borrarlos, pídeselo a las marcas.
    }
creator-data-erase-sure = Sí, borrar mi perfil
creator-data-erase-go = Borrar perfil
creator-data-sure = Marca la casilla para confirmar.

## Solicitudes.

creator-apply-suspended = El operador de la red suspendió tu perfil, así que no puedes enviar solicitudes ni escribir a las marcas.
creator-apply-many = Hoy has enviado muchas solicitudes. Continúa mañana.

## Applications to programs of other installations; $host is such as partners.example.com.

creator-send-title = Solicitar { $program }
creator-send-hint = Este programa de { $brand } está en { $host }. Tu perfil se envía allí, y { $host } te manda un enlace por correo: ábrelo, responde a las preguntas de la marca y envía tu solicitud.
creator-send-what = Lo que recibe { $host }
creator-send-part =
    { $part ->
        [email] Correo
        [name] Nombre
        [country] País
        [languages] Idiomas
        [topics] Temas
        [portfolio] Portafolio
       *[about] Sobre ti
    }
creator-send-submit = Enviar mi perfil a { $host }
creator-send-edit = Cambiar tu perfil
creator-send-problem = Error:
creator-elsewhere = Solicitudes en otras instalaciones
creator-elsewhere-hint = Programas de otras instalaciones a los que enviaste tu perfil. Si retiras una solicitud, la otra instalación borra tu perfil, y también tu solicitud si la marca aún no ha decidido.
creator-elsewhere-none = Todavía no has enviado tu perfil a otra instalación.
creator-elsewhere-sent = Tu perfil está en camino. Recibirás un correo con un enlace para terminar tu solicitud.
creator-elsewhere-known = Ya enviaste tu perfil a este programa.
creator-elsewhere-withdrawn = Retirada. Pedimos a la otra instalación que borre tu perfil.
creator-elsewhere-withdraw = Retirar de { $program }
creator-elsewhere-status =
    { $status ->
        [Sending] En camino
        [Applied] Solicitado
        [Joined] Aceptado
        [Rejected] Rechazado
        [Withdrawn] Retirado
        [Revoking] Retirando
        [Refused] Sin enviar
        [Expired] Caducado
       *[Sent] Enviado
    }
creator-elsewhere-state =
    { $state ->
        [Sending] Tu perfil se enviará a { $host } en menos de un minuto.
        [Failing] { $host } no responde en este momento. Seguiremos intentándolo unos días.
        [Applied] La marca está revisando tu solicitud.
        [Joined] Ya estás dentro. Lo demás está en { $host }.
        [Rejected] La marca rechazó tu solicitud.
        [Withdrawn] { $host } ya no tiene tu perfil.
        [Revoking] Pediremos a { $host } que borre tu perfil hasta que confirme que lo hizo.
        [NotTaken] { $host } no acepta solicitudes de aquí. Puedes solicitar en la página del programa.
        [Unreachable] { $host } no respondió durante varios días. Puedes solicitar en la página del programa.
        [Refused] { $host } no aceptó tu perfil. Puedes solicitar en la página del programa.
        [Expired] { $host } borró tu perfil porque no abriste el enlace a tiempo o borraste tu cuenta allí.
       *[Sent] { $host } te envió un correo. Abre su enlace para terminar tu solicitud.
    }
