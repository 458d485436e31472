# Texts of emails. Those to affiliates are in their language; the program sends the others in English only.
# { $braces } stand for a value that the program fills in: keep them as they are, anywhere in the sentence.
# $brand is the name of the company whose affiliate program it is.

## Parts of every email.

email-greeting = Hola, { $name }:
email-greeting-nameless = Hola:
# The address of a link follows on the next line.
email-button-fallback = Si el botón no funciona, abre este enlace:
email-unsubscribe = Darme de baja
email-sign-in = Iniciar sesión
email-link-works-once = El enlace funciona una sola vez, durante 24 horas.
email-link-works-two-weeks = El enlace funciona una sola vez, durante 14 días.
email-ignore = ¿No lo has pedido tú? Puedes ignorar este correo.
# $text is what a person wrote.
email-they-wrote = Su mensaje: { $text }
email-reason = Motivo: { $reason }
email-commissions =
    { $count ->
        [one] 1 comisión
       *[other] { $count } comisiones
    }
email-period = del { $first } al { $last }
email-utc = { $moment } UTC
email-test-mode = Modo de prueba: nada de este correo es real y no se ha movido dinero.

## Why the recipient gets an email: its last line.

email-why-account = Recibes este correo porque tu dirección se usó en Rekomi.
email-why-affiliate = Recibes este correo porque eres afiliado de { $brand }.
email-why-admin = Recibes este correo porque eres propietario o administrador de { $brand }.
email-why-owner = Recibes este correo porque eres propietario de { $brand }.
email-why-team = Recibes este correo porque formas parte del equipo de { $brand }.

## To people with an account.

email-verify-subject = Confirma tu correo electrónico
email-verify-welcome = ¡Te damos la bienvenida a Rekomi! Confirma tu correo electrónico. El enlace funciona durante 24 horas.
email-verify-ignore = ¿No te has registrado tú? Puedes ignorar este correo.
email-confirm-button = Confirmar correo electrónico
email-account-exists-subject = Ya tienes una cuenta
email-account-exists-message = Alguien, probablemente tú, ha intentado registrarse en Rekomi con este correo electrónico. Ya tienes una cuenta, así que basta con iniciar sesión.
email-account-exists-forgot = ¿Has olvidado tu contraseña? Crea una nueva
email-account-exists-ignore = ¿No has sido tú? Puedes ignorar este correo. No ha cambiado nada.
email-password-reset-subject = Restablece tu contraseña
email-password-reset-message = Alguien ha pedido restablecer tu contraseña. Elige una nueva a continuación. El enlace funciona durante una hora, y una contraseña nueva cierra tu sesión en todas partes.
email-password-reset-button = Crear contraseña nueva
email-password-reset-ignore = ¿No lo has pedido tú? Puedes ignorar este correo. Tu contraseña no cambiará.
email-password-changed-subject = Tu contraseña ha cambiado
email-password-changed-message = Tu contraseña se ha cambiado desde { $browser }. Se han cerrado todas las demás sesiones.
# A link.
email-set-password = ¿No has sido tú? Crea una contraseña nueva ahora mismo
email-address-change-subject = Confirma tu nuevo correo electrónico
email-address-change-message = Confirma tu nuevo correo electrónico. El enlace funciona durante 24 horas.
email-address-changed-subject = Tu correo electrónico ha cambiado
email-address-changed-message = El correo electrónico de tu cuenta se ha cambiado a { $email } desde { $browser }.
email-address-changed-warning = ¿No has sido tú? Contacta ahora mismo con quien administra vuestro Rekomi. Es posible que otra persona tenga acceso a tu cuenta.
email-second-factor-subject = Ha cambiado el inicio de sesión en dos pasos
email-second-factor-on = El inicio de sesión en dos pasos de tu cuenta se ha activado desde { $browser }.
email-second-factor-off = El inicio de sesión en dos pasos de tu cuenta se ha desactivado desde { $browser }.

## To the people of a brand: their team.

email-team-invitation-subject = Únete a { $organization } en Rekomi
email-team-invitation-message = Te han invitado a unirte a { $organization } en Rekomi. Tu rol: { $role }.
email-team-invitation-button = Ver invitación
email-team-invitation-expiry =
    { $days ->
        [one] La invitación es solo para este correo electrónico y caduca en 1 día.
       *[other] La invitación es solo para este correo electrónico y caduca en { $days } días.
    }
email-team-invitation-why = Recibes este correo porque un propietario de { $organization } te ha invitado. ¿No conoces la empresa? Puedes ignorarlo.
email-team-joined-subject = { $email } se ha unido a { $organization }
email-team-joined-message = { $email } ha aceptado la invitación de tu equipo y se ha unido a { $organization }. Su rol: { $role }.
email-team-joined-button = Ver equipo
email-api-key-subject = Nueva clave de API de { $organization }: { $name }
email-api-key-message = { $person } ha creado una clave de API para { $organization }.
email-api-key-name-label = Nombre
email-api-key-hint-label = Empieza por
email-api-key-access-label = Acceso
email-api-key-created-label = Creada
# $does is one of the next five messages.
email-api-key-access = { $does }, como { $role }
email-api-key-sends-conversions = envía conversiones
email-api-key-reads = lee
email-api-key-runs-automations = ejecuta automatizaciones de CRM
email-api-key-writes = lee y escribe
email-api-key-configures = lee, escribe y configura
email-api-key-warning = Si no reconoces esta clave, revócala ahora mismo.
email-api-key-button = Ver claves de API
email-ai-assistant-subject = Asistente de IA conectado a { $organization }: { $name }
email-ai-assistant-message = { $person } ha conectado un asistente de IA a { $organization }.
email-ai-assistant-warning = Si no reconoces este asistente, desconéctalo ahora mismo.
email-ai-assistant-button = Ver asistentes de IA
email-app-connected-subject = { $app } se ha conectado con { $organization }
email-app-connected-message = Has conectado la aplicación { $app } con { $organization }. Puede actuar allí en tu nombre.
email-app-connected-host-label = Vuelve a
email-app-connected-access-label = Permisos
email-app-connected-reads = lee
email-app-connected-writes = lee y cambia
email-app-connected-warning = Si no has sido tú, desconéctala ahora mismo y cambia tu contraseña.
email-app-connected-button = Ver aplicaciones conectadas

## To the people of a brand: applications and sales.

email-new-subject = Nueva solicitud de { $name }
email-new-message = { $name } ha enviado una solicitud a { $program } y espera tu revisión.
# $count is the number of other applications.
email-new-others =
    { $count ->
        [0] Es la única solicitud pendiente.
        [one] Hay 1 solicitud pendiente más.
       *[other] Hay { $count } solicitudes pendientes más.
    }
email-new-email-label = Correo electrónico
email-new-button = Revisar solicitud
email-joined-subject = { $name } se ha unido a tu programa
email-joined-message = { $name } ha enviado una solicitud a { $program } y se ha aprobado automáticamente.
email-joined-another = { $name } ya forma parte de tu programa de afiliados; ahora también ha enviado una solicitud a { $program }, y la solicitud se ha aprobado.
email-answer-yes = Sí
email-answer-no = No
email-unverified-subject =
    { $count ->
        [one] { $brand }: 1 venta sin verificar espera tu revisión
       *[other] { $brand }: { $count } ventas sin verificar esperan tu revisión
    }
email-unverified-message =
    { $count ->
        [one] 1 venta de { $brand } llegó solo desde un navegador. Los eventos de un navegador se pueden falsificar, así que su comisión no se podrá pagar hasta que la apruebes o hasta que tu servidor o tu pasarela informe del mismo pedido.
       *[other] { $count } ventas de { $brand } llegaron solo desde un navegador. Los eventos de un navegador se pueden falsificar, así que sus comisiones no se podrán pagar hasta que las apruebes o hasta que tu servidor o tu pasarela informe de los mismos pedidos.
    }
email-unverified-action = Las comisiones que ya has pagado no cambian. Aprueba las ventas que reconozcas y rechaza las demás.
email-unverified-button = Revisar ventas

## To the people of a brand: an import and connections.

# $skipped is the number of rows, $rows the number as it is written.
email-import-finished-subject =
    { $skipped ->
        [0] { $brand }: ha terminado una importación
        [one] { $brand }: una importación ha omitido 1 fila
       *[other] { $brand }: una importación ha omitido { $rows } filas
    }
# $title is such as “Affiliates from Rewardful”.
email-import-finished-message = La importación «{ $title }» en { $program } ha terminado.
email-import-finished-new = Nuevas
email-import-finished-updated = Actualizadas
email-import-finished-unchanged = Sin cambios
email-import-finished-skipped = Omitidas
email-import-finished-next = Los resultados explican por qué se omitieron filas. Corrígelas en tu archivo e impórtalo de nuevo: las filas que ya se importaron no cambian nada.
email-import-finished-button = Ver resultados
email-crm-paused-subject = { $brand }: vuelve a conectar { $crm }
email-crm-paused-message = { $crm } ya no acepta las credenciales de { $brand }, así que hemos pausado la conexión.
email-crm-paused-kept = No se pierde nada: los afiliados pendientes se sincronizarán en cuanto vuelvas a conectar.
email-crm-paused-button = Volver a conectar
email-gateway-broken-subject = { $brand }: corrige la conexión con { $gateway }
email-gateway-broken-message = La comprobación diaria de la conexión de { $brand } con { $gateway } ha fallado. Hasta que se corrija, es posible que no lleguen ventas, renovaciones ni reembolsos.
email-gateway-broken-button = Ver pasarelas
email-webhook-disabled-subject = { $brand }: se ha desactivado un webhook
email-webhook-disabled-message = Hemos desactivado el webhook { $name } de { $brand }.
# $reason is a sentence, $error isn’t.
email-webhook-disabled-reason = { $reason } Última respuesta: { $error }.
email-webhook-disabled-kept = No se pierde nada: los eventos se guardan 30 días. Cuando vuelva a funcionar, actívalo y reenvía lo que se perdió.
email-webhook-disabled-button = Ver webhook

## To the people of a brand: payouts.

email-due-subject = { $brand }: hay comisiones listas para pagar
email-due-message = Estas comisiones se pueden pagar desde hace al menos una semana y aún no se han pagado.
email-due-affiliates =
    { $count ->
        [one] 1 afiliado
       *[other] { $count } afiliados
    }
email-due-button = Revisar pagos
email-weekly-subject = { $brand }: lo que cambió la semana pasada
email-weekly-message = Lo que más cambió en { $brand } del { $first } al { $last }, en comparación con la semana anterior:
email-weekly-revenue = Ingresos
email-weekly-sales = Ventas
email-weekly-clicks = Clics
email-weekly-rate = Tasa de conversión
# $now and $before are formatted figures of two weeks.
email-weekly-change = { $now }, antes { $before }
email-weekly-applications = Solicitudes
email-weekly-waiting =
    { $count ->
        [one] { $count } espera tu respuesta
       *[other] { $count } esperan tu respuesta
    }
email-weekly-button = Ver el resumen
email-run-waiting-subject = { $brand }: pagos por { $amount } esperan tu aprobación
email-run-waiting-message =
    { $count ->
        [one] Una tanda de pagos de { $brand } necesita aprobación: { $amount } para 1 afiliado.
       *[other] Una tanda de pagos de { $brand } necesita aprobación: { $amount } para { $count } afiliados.
    }
email-run-waiting-excluded =
    { $count ->
        [one] Hay 1 más excluido; la tanda muestra por qué.
       *[other] Hay { $count } más excluidos; la tanda muestra por qué.
    }
email-run-waiting-approval = No se mueve dinero hasta que alguien la apruebe.
email-run-waiting-in-the-way = La tanda programada en esta moneda también espera: empezará cuando esta se apruebe o se cancele.
email-run-waiting-button = Revisar tanda de pagos
email-run-waiting-why = Recibes este correo porque puedes aprobar pagos de { $brand }.
email-second-approver-subject = { $brand }: los pagos ya no piden dos aprobaciones
email-second-approver-message = { $person } ha desactivado la segunda aprobación de las tandas de pagos de { $brand }. Las nuevas solo necesitan la aprobación de una persona. Las que ya estaban creadas siguen necesitando dos.
email-second-approver-warning = Si no estabas de acuerdo, vuelve a activarla y habla con { $person }.
email-second-approver-button = Abrir ajustes de pagos
email-payout-failed-subject = { $brand }: un pago ha fallado
# $reason is a sentence.
email-payout-failed-message = El pago de { $amount } a { $name } ha fallado. { $reason }
email-payout-failed-more = No se ha pagado nada y el importe se puede volver a pagar. Si fallan más pagos en la próxima hora, los encontrarás en la lista; no te escribiremos por cada uno.
email-payout-failed-button = Ver pagos fallidos
email-payout-returned-subject = { $brand }: un pago ha sido devuelto
# $reason is a sentence.
email-payout-returned-message = Un pago a { $name } ha sido devuelto. { $reason }
email-payout-returned-hold = Hemos retenido sus pagos para que no cobre otra vez antes de que lo revises.
email-payouts-short-subject = { $brand }: hay pagos a la espera de fondos
email-payouts-short-message = Tu saldo en { $currency } en Stripe no alcanza para los pagos pendientes. Están a la espera; no se pierde nada.
email-payouts-short-action = Recarga el saldo en Stripe (Balances, Add to balance). Los pagos se reanudan automáticamente en la hora siguiente a la llegada del dinero.
email-payouts-short-button = Ver pagos
email-payout-stuck-subject = { $brand }: un pago necesita tu atención
# $reason is a sentence.
email-payout-stuck-message = Un pago de { $amount } a { $name } necesita tu atención. { $reason }
email-payout-button = Ver pago
email-differences-subject =
    { $count ->
        [one] { $brand }: un pago no coincide con Stripe
       *[other] { $brand }: algunos pagos no coinciden con Stripe
    }
email-differences-message =
    { $count ->
        [one] Hemos comparado los pagos de { $brand } con tus transferencias en Stripe y hemos encontrado una diferencia:
       *[other] Hemos comparado los pagos de { $brand } con tus transferencias en Stripe y hemos encontrado { $count } diferencias:
    }
email-differences-one = { $title }: { $detail }
email-differences-action = Qué hacer: { $action }
email-differences-more = Y { $count } más.
email-differences-button = Revisar diferencias
email-payouts-paused-subject = { $brand }: vuelve a conectar Stripe para pagar
email-payouts-paused-message = Stripe ya no acepta la clave de { $brand }, así que hemos pausado los pagos.
email-payouts-paused-account = Stripe ya no acepta la clave de { $brand } para la cuenta { $account }, así que hemos pausado los pagos.
email-payouts-paused-reason = Motivo según Stripe: { $reason }
email-payouts-paused-kept = No se pierde nada y nadie cobra dos veces.
email-payouts-paused-waiting =
    { $count ->
        [one] No se pierde nada y nadie cobra dos veces. 1 pago está a la espera y se enviará en cuanto añadas una clave válida.
       *[other] No se pierde nada y nadie cobra dos veces. { $count } pagos están a la espera y se enviarán en cuanto añadas una clave válida.
    }
email-payouts-paused-button = Volver a conectar Stripe
email-tax-waiting-subject = { $brand }: revisa el formulario fiscal de { $name }
email-tax-waiting-message = { $name } ha subido un formulario fiscal { $form } a { $brand }. No cuenta hasta que alguien lo revise y lo acepte.
email-tax-waiting-until = Hasta entonces, sus pagos se tratan como si no hubiera formulario.
email-tax-waiting-button = Revisar formularios fiscales

## To affiliates: their application, invitation and sign-in.

email-received-subject = Hemos recibido tu solicitud a { $brand }
email-received-message = ¡Gracias por tu solicitud a { $program }! { $brand } revisa todas las solicitudes.
email-received-next = Recibirás un correo en cualquier caso. Si se aprueba, incluirá tu enlace y el acceso al portal. No tienes que hacer nada más.
email-received-why = Recibes este correo porque alguien ha solicitado promocionar { $brand } con esta dirección. Si no has sido tú, avisa a { $brand }.
email-confirm-subject = Confirma tu correo para unirte a { $brand }
email-confirm-message = ¡Gracias por tu solicitud a { $program }! Confirma tu dirección de correo y { $brand } te aceptará de inmediato. Tu enlace está en el portal.
email-application-confirm-button = Confirmar y abrir el portal
email-confirm-why = Recibes este correo porque alguien ha solicitado promocionar { $brand } con esta dirección. Si no has sido tú, ignóralo: no pasa nada si no lo confirmas.
email-application-subject = Tu solicitud a { $brand }
email-known-approved = Alguien ha enviado una solicitud a { $brand } con tu dirección. Ya eres afiliado de { $brand }: inicia sesión para ver tus enlaces y tus ganancias.
email-known-pending = Alguien ha vuelto a enviar una solicitud a { $brand } con tu dirección. Tu primera solicitud sigue en revisión, así que no tienes que hacer nada más.
email-known-decided = Alguien ha enviado una solicitud a { $brand } con tu dirección. { $brand } ya ha tomado una decisión sobre esta dirección. Si algo ha cambiado, contacta con { $brand }.
email-known-why = Recibes este correo porque { $brand } tiene guardada esta dirección.
email-approved-subject = ¡Ya estás dentro! { $brand } ha aprobado tu solicitud
email-approved-message = Desde ahora ganas con cada venta que refieras.
# A colon and the links follow.
email-approved-links =
    { $count ->
        [one] Comparte tu enlace
       *[other] Comparte tus enlaces
    }
email-approved-why = Recibes este correo porque solicitaste promocionar { $brand } o te invitaron a hacerlo.
email-rejected-message = Gracias por tu solicitud para promocionar { $brand }. Han decidido no seguir adelante.
email-rejected-why = Recibes este correo porque solicitaste promocionar { $brand }.
email-invited-subject = { $brand } te invita a su programa de afiliados
email-invited-message = { $brand } te invita a unirte a { $program }, su programa de afiliados.
# A list of what the program pays follows.
email-invited-offer = Esto es lo que ganas con tu enlace:
# A colon and the links follow.
email-invited-links =
    { $count ->
        [one] Tu enlace
       *[other] Tus enlaces
    }
email-invited-accept = Acepta la invitación para ver tus enlaces y lo que ganas.
email-invited-button = Aceptar invitación
email-invited-why = Recibes este correo porque { $brand } ha introducido tu dirección.
email-invited-stop = No recibir más invitaciones
email-imported-subject = { $brand } usa ahora Rekomi para sus afiliados
email-imported-message = { $brand } ha trasladado su programa de afiliados a Rekomi. Ya estás dentro: tus enlaces antiguos siguen funcionando y los clientes que referiste siguen siendo tuyos.
# A colon and the links follow.
email-imported-links =
    { $count ->
        [one] Tu nuevo enlace
       *[other] Tus nuevos enlaces
    }
email-imported-next = Inicia sesión para ver cómo te va y elegir cómo quieres cobrar.
email-imported-why = Recibes este correo porque promocionas { $brand }, que ha trasladado su programa de afiliados a Rekomi.
email-sign-in-subject = Tu enlace de acceso
email-sign-in-message = Aquí tienes tu enlace al portal de afiliados de { $brand }. Funciona una sola vez, durante 24 horas.
email-sign-in-why = Recibes este correo porque alguien ha pedido iniciar sesión como afiliado de { $brand }.
email-affiliate-address-subject = Tu correo electrónico en { $brand } ha cambiado
email-affiliate-address-message = { $brand } ha cambiado tu correo electrónico. Los correos y los enlaces de acceso llegan ahora al nuevo, y hemos cerrado tu sesión.
email-affiliate-address-warning = ¿No lo has pedido tú? Contacta ahora mismo con { $brand }.
email-affiliate-address-why = Recibes este correo porque hasta ahora { $brand } tenía esta dirección tuya.

## To affiliates: clicks, commissions and claims.

email-first-click-subject = ¡Tu enlace ha recibido su primer clic!
email-first-click-message = Alguien acaba de hacer clic por primera vez en tu enlace a { $brand }. Ganarás con todo lo que compre.
email-first-click-portal = En el portal ves cada clic y cada venta.
email-first-click-button = Ver clics
# $amounts is an amount, or several: "€12.50 and $40.00".
email-earned-subject = Has ganado { $amounts } con { $brand }
email-earned-message = ¡Buen trabajo! Has ganado { $amounts }.
email-earned-hold = Cada comisión estará disponible cuando acabe su periodo de espera. En el portal ves cuándo será y cómo la has ganado.
email-earned-button = Ver ganancias
# A claim is a sale that the affiliate says is missing; $bought is what they say was bought.
email-claim-credited-subject = Te han acreditado tu venta: { $bought }
email-claim-rejected-subject = Sobre la venta que te falta: { $bought }
email-claim-question = Preguntaste a { $brand } por una venta del { $day }: { $bought }.
email-claim-credited = Buenas noticias: ya te la han acreditado. La encontrarás en Ventas, con tu comisión.
email-claim-rejected = La han revisado y no te la han acreditado.
email-claim-button = Ver tus reclamaciones
email-claim-why = Recibes este correo porque preguntaste a { $brand } por una venta que te falta.
# A reward: $title is its name, $gift what is given, such as "$50.00" or "the segment gold".
email-reward-approved-subject = Has ganado una recompensa: { $title }
email-reward-approved = ¡Bien hecho! { $brand } te ha dado la recompensa «{ $title }».
email-reward-gift = Recibes: { $gift }
email-reward-rejected-subject = Sobre tu solicitud de { $title }
email-reward-rejected = { $brand } ha revisado tu solicitud de «{ $title }» y no la ha aprobado.
email-reward-button = Ver tus recompensas
email-reward-why = Recibes este correo porque participas en las recompensas de { $brand }.

## To affiliates: how they are paid.

email-payout-account-why = Recibes este correo porque eres afiliado de { $brand }. Su enlace funciona una sola vez, durante 24 horas; después puedes pedir uno nuevo.
email-payout-setup-subject = { $brand }: añade un método de cobro
email-payout-setup-payable = Tienes { $amounts } listos para cobrar en { $brand }.
email-payout-setup-request = { $brand } quiere pagarte, pero no sabe adónde enviar el dinero.
email-payout-setup-how = Añade un método de cobro: Stripe, PayPal, Wise o transferencia bancaria. Solo lleva unos minutos. Hasta entonces, tu dinero está a salvo.
email-payout-setup-button = Añadir método de cobro
email-payout-action-subject = { $brand }: Stripe necesita más datos para pagarte
email-payout-action-message = Para que { $brand } pueda volver a pagarte, Stripe necesita lo siguiente:
email-payout-action-button = Continuar en Stripe
email-payout-method-subject = { $brand }: tu método de cobro ha cambiado
# $destination is one of the messages below, or "Stripe".
email-payout-method-message = { $brand } te paga ahora por { $destination }.
email-payout-method-warning = ¿No has sido tú? Inicia sesión, deshaz el cambio y contacta ahora mismo con { $brand }.
email-payout-method-button = Ver método de cobro
# $hint is a part of an address or account: "l…@example.com", "…3000".
email-destination-method = { $method } a { $hint }
email-destination-bank-transfer = transferencia bancaria a { $hint }
email-destination-other-bank = Stripe a otra cuenta bancaria ({ $hint })
email-destination-other-account = Stripe a otra cuenta de Stripe
# To the address that was paid until now.
email-payout-moved-subject = { $brand }: los pagos ya no llegan a esta dirección
email-payout-moved-message = { $brand } pagaba tus comisiones a esta dirección. Ahora paga por { $destination }.
email-payout-moved-hold = Los pagos están retenidos durante tres días. Si no has hecho tú este cambio, contacta antes con { $brand }.
email-payout-moved-why = Recibes este correo porque { $brand } pagaba las comisiones de un afiliado a esta dirección.
email-payout-login-subject = { $brand }: nuevo enlace a tu cuenta de Stripe
email-payout-login-message = El sistema de { $brand } ha creado un enlace de acceso a tu panel de Stripe Express, donde se puede cambiar tu cuenta bancaria. Funciona una sola vez, durante unos minutos.
email-payout-login-warning = Si no se lo has pedido a { $brand }, revisa allí tu cuenta bancaria y contacta ahora mismo con { $brand }.

## To affiliates: a payout, and its receipt.
## A sentence about what happens next (common-payout-…-next) follows the first message, where "it" is the payout.

email-payout-sent-subject = { $brand } te ha enviado { $amount }
email-payout-sent-message = { $brand } te ha enviado un pago de { $amount }.
email-payout-sent-button = Ver recibo
email-not-sent-subject = { $brand } no ha podido enviarte { $amount }
email-not-sent-message = { $brand } no ha podido enviarte un pago de { $amount }.
email-not-sent-button = Abrir el portal
email-came-back-subject = Un pago de { $brand } ha sido devuelto
email-came-back-message = Se han devuelto { $amount } de un pago que { $brand } te envió.
# $reason is a sentence.
email-tax-withheld = Se han retenido impuestos: { $reason }
# Labels of the receipt: what it was paid for, and when that was earned.
email-row-for = Por
email-row-earned = Periodo
email-row-commissions = Comisiones
email-row-withheld = Impuestos retenidos
email-row-sent = Importe enviado
email-row-returned = Devuelto
email-row-rail = Pagado por
email-row-destination = Pagado a
# The payout’s number.
email-row-payout = Pago

## To affiliates: their bank refused a payment from their Stripe account.

email-bank-failed-subject = Tu banco ha rechazado un pago
email-bank-failed-message = Stripe no ha podido transferir a tu banco el dinero de { $brand }.
email-bank-failed-next = El dinero está a salvo en tu cuenta de Stripe. Revisa allí tus datos bancarios y Stripe lo incluirá en su próxima transferencia.
email-bank-failed-button = Revisar datos bancarios
email-bank-account-closed = La cuenta bancaria está cerrada. Añade otra en Stripe.
email-bank-account-frozen = La cuenta bancaria está bloqueada. Contacta con el banco o añade otra cuenta en Stripe.
email-bank-account-restricted = La cuenta bancaria no puede recibir este tipo de pago. Añade otra en Stripe.
email-bank-taken-over = Otro banco ha absorbido tu banco. Introduce los nuevos datos de la cuenta en Stripe.
email-bank-not-processed = El banco no ha podido procesar el pago. Stripe lo intentará de nuevo cuando la cuenta esté confirmada.
email-bank-declined = El banco ha rechazado el pago. Contacta con el banco o añade otra cuenta en Stripe.
email-bank-holder-name = El nombre del titular de la cuenta no coincide. Corrígelo en Stripe.
email-bank-holder-address = La dirección del titular de la cuenta no coincide. Corrígela en Stripe.
email-bank-holder-tax-number = El número fiscal del titular de la cuenta no coincide. Corrígelo en Stripe.
email-bank-account-type = El tipo de cuenta (por ejemplo, corriente o de ahorro) no es correcto. Corrígelo en Stripe.
email-bank-no-account = El banco no ha encontrado la cuenta. Corrige el número de cuenta en Stripe.
email-bank-account-number-length = El número de cuenta tiene menos o más cifras de las necesarias. Corrígelo en Stripe.
email-bank-currency = La cuenta bancaria no acepta esta moneda. Añade otra en Stripe.
email-bank-stripe-balance = El saldo de Stripe era demasiado bajo. Stripe lo intentará de nuevo.
email-bank-card = La tarjeta de débito no puede recibir pagos. Añade una cuenta bancaria en Stripe.
# $reason is what Stripe says, in English.
email-bank-other = Stripe informa: { $reason }

## To affiliates: their tax forms. $form is a form’s name, such as W-8BEN.

email-tax-why = Recibes este correo porque { $brand } te paga como afiliado. Nunca pedimos números fiscales por correo.
email-tax-consequence = Sin un formulario válido, tus pagos podrían retrasarse o se te podrían retener impuestos.
email-tax-sign-button = Firmar nuevo formulario
email-tax-rejected-subject = { $brand }: no hemos podido aceptar tu { $form }
email-tax-rejected-message = No hemos podido aceptar tu formulario fiscal { $form }.
email-tax-rejected-next = Envía uno nuevo. Hasta entonces, tus pagos podrían retrasarse o se te podrían retener impuestos.
email-tax-rejected-button = Enviar nuevo formulario
email-tax-expires-subject =
    { $days ->
        [one] { $brand }: tu { $form } caduca en 1 día
       *[other] { $brand }: tu { $form } caduca en { $days } días
    }
email-tax-expires-message = Tu formulario fiscal { $form } es válido hasta el { $day }. Firmar uno nuevo lleva unos minutos.
email-tax-expired-subject = { $brand }: tu formulario fiscal { $form } ha caducado
email-tax-expired-message = Tu formulario fiscal { $form } era válido hasta el { $day }.
email-tax-expired-next = Firma uno nuevo. Hasta entonces, tus pagos podrían retrasarse o se te podrían retener impuestos.
email-tax-needed-subject = { $brand }: envía tu formulario fiscal
email-tax-needed-message = En { $year } te hemos pagado { $amount } hasta ahora y aún no tenemos un formulario fiscal tuyo.
email-tax-needed-forms = Necesitamos uno para seguir pagándote: un { $us } si eres una persona o empresa de EE. UU.; si no, un { $person } o un { $company }. El portal te hace unas preguntas para encontrar el adecuado.
email-tax-needed-button = Enviar formulario fiscal

## Facturación de los planes, a los propietarios o al correo de facturación. $tier es un plan, como Growth. $organization es el nombre de una organización.

email-billing-why = Recibes este correo porque gestionas la facturación de { $brand }.
email-billing-manage-button = Gestionar facturación
email-billing-choose-button = Elegir un plan
email-billing-trial-card = Se cobrará a tu tarjeta cuando termine la prueba. Puedes cancelar en cualquier momento antes.
email-billing-kept = No se pierde nada: tus datos se conservan, los enlaces siguen funcionando y los afiliados siguen recibiendo sus comisiones y pagos.
email-billing-trial-started-subject = Tu prueba de { $tier } ha comenzado
email-billing-trial-started-message = { $organization } puede probar { $tier } gratis hasta el { $day }.
email-billing-trial-ending-subject = Tu prueba termina el { $day }
email-billing-trial-ending-message = La prueba de { $tier } de { $organization } termina el { $day }. El plan continúa automáticamente.
email-billing-cardless-started-subject = Tu prueba gratuita ha comenzado
email-billing-cardless-started-message = { $organization } puede usar gratis todas las funciones, salvo las invitaciones masivas, hasta el { $day }.
email-billing-cardless-card = Hasta entonces no necesitas tarjeta. Elige un plan para conservar todas las funciones.
email-billing-cardless-ending-message = La prueba gratuita de { $organization } termina el { $day }. Elige un plan para conservar todas las funciones.
email-billing-trial-expired-subject = Tu prueba ha terminado
email-billing-trial-expired-message = La prueba de { $organization } ha terminado. Elige un plan para volver a usar todas las funciones.
email-billing-payment-failed-subject = Tu pago ha fallado
email-billing-payment-failed-message = No hemos podido cobrar { $amount } a { $organization }. Actualiza tu método de pago.
email-billing-payment-failed-next = Lo intentaremos de nuevo el { $day }. Hasta entonces, todo sigue funcionando.
email-billing-payment-failed-last = No lo intentaremos de nuevo automáticamente.
email-billing-payment-failed-button = Actualizar método de pago
email-billing-receipt-subject = Tu recibo: { $amount }
email-billing-receipt-message = Gracias. Hemos recibido { $amount } de { $organization }.
email-billing-receipt-number-label = Factura
email-billing-receipt-button = Ver factura
email-billing-plan-changed-subject = Ahora tienes { $tier }
email-billing-plan-changed-message = El plan de { $organization } ha cambiado de { $before } a { $tier }.
email-billing-plan-chosen-message = { $organization } tiene ahora el plan { $tier }.
email-billing-cancelled-subject = Tu suscripción se ha cancelado
email-billing-cancelled-message = Has cancelado la suscripción de { $organization }. Todo sigue funcionando hasta el { $day }.
email-billing-ended-message = La suscripción de { $organization } ha terminado.

## A quien quiere entrar en la red de creadores.

email-creator-subject = Tu enlace para la red de creadores
email-creator-why = Recibes este correo porque alguien escribió tu dirección para iniciar sesión en la red de creadores.
email-creator-message = Usa este enlace para entrar en la red de creadores. Funciona una vez, durante un día.
email-creator-arrival-why = Recibes este correo porque { $host } dice que quieres solicitar un programa aquí. Si no fuiste tú, ignóralo.
email-creator-arrival = Usa este enlace para solicitar { $program } con tu perfil de { $host }. Funciona una vez, durante un día, y te abre la red de creadores. Si no lo abres, no pasa nada.

## To a creator: a brand invited them to its program.

email-network-invitation-subject = { $brand } te invita a su programa de afiliados
email-network-invitation-why = Recibes este correo porque tu perfil aparece en la red de creadores.
email-network-invitation-message = { $brand } te invita a { $program } y escribe:
email-network-invitation-button = Ver invitación
email-network-invitation-stop = La marca no conoce tu dirección. En la misma página puedes silenciarla o detener todas las invitaciones.
email-network-message-subject = Mensaje nuevo de { $name }
email-network-message-why = Recibes este correo porque estás en contacto con { $brand } en la red de creadores.
# $count is the number of messages that the recipient hasn't read; the last of them follows.
email-network-message =
    { $count ->
        [one] { $name } te ha escrito:
       *[other] { $name } te ha escrito { $count } mensajes. El último:
    }
email-network-message-button = Leer y responder
# Instead of a name, for creators whose profile the brand doesn't see.
email-network-message-creator = Un creador
email-network-listed-subject = { $program } ya está publicado
email-network-listed-message = Los creadores ya encuentran { $program } en la red. Si cambias los textos, los revisaremos de nuevo.
email-network-listed-button = Ver publicación
email-network-declined-subject = { $program } no se ha publicado
email-network-declined-message = No hemos publicado { $program } en la red por este motivo:
email-network-paused-subject = { $program } ya no está publicado
email-network-paused-message = { $program } está en pausa en la red por este motivo:
email-network-again = Cuando lo hayas cambiado, envía la publicación de nuevo.
email-network-edit-button = Editar publicación
