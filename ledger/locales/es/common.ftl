# Words, amounts and dates that all pages and emails share.
# { $braces } stand for a value that the program fills in: keep them as they are, anywhere in the sentence.

## How numbers are written.

common-number-group = .
# Four digits stand together: 1234, 12.345.
common-number-grouped-from = 5
common-number-decimal = ,
common-percent = { $number }{ "\u00A0" }%
common-money = { $amount }{ "\u00A0" }{ $symbol }
common-money-code = { $amount }{ "\u00A0" }{ $code }

## How dates are written. Months are abbreviated.

common-day = { $day } { $month }
common-date = { $day } { $month } { $year }
common-moment = { $day }, { $time }
common-month-january = ene
common-month-february = feb
common-month-march = mar
common-month-april = abr
common-month-may = may
common-month-june = jun
common-month-july = jul
common-month-august = ago
common-month-september = sept
common-month-october = oct
common-month-november = nov
common-month-december = dic

## Parts of every page.

common-skip = Saltar al contenido
# Begins the title of a page whose form has a mistake.
common-error = Error:
common-check-inbox = Revisa tu correo

## Lists: "a, b or c". $list holds all but the last, separated by commas.

common-list-or = { $list } o { $last }
common-list-and = { $list } y { $last }

## What a program pays: "25% of every payment in a customer's first 12 months, up to $100 per sale".
## The first messages begin such a sentence. The others continue it: $offer is the sentence so far. No full stop.

common-offer-share =
    { $sales ->
        [first] { $rate } del primer pago de un cliente
        [first-renewal] { $rate } del primer pago de un cliente, si es una renovación
        [new] { $rate } de cada venta nueva
        [renewal] { $rate } de cada renovación
       *[any] { $rate } de cada pago
    }
common-offer-amount =
    { $sales ->
        [first] { $amount } por la primera compra de un cliente
        [first-renewal] { $amount } por la primera compra de un cliente, si es una renovación
        [new] { $amount } por cada venta nueva
        [renewal] { $amount } por cada renovación
       *[any] { $amount } por cada venta
    }
common-offer-lead = { $amount } por cada lead nuevo
common-offer-click = { $amount } por cada visitante único al día
common-offer-months =
    { $months ->
        [one] { $offer } durante el primer mes de un cliente
       *[other] { $offer } durante los primeros { $months } meses de un cliente
    }
common-offer-years = { $offer } durante los primeros { $years } años de un cliente
# $pays is a percentage or an amount.
common-offer-from-sale =
    { $offer }, { $pays } a partir de la venta número { $number } { $period ->
        [month] en un mes
        [quarter] en un trimestre
        [year] en un año
       *[ever] en total
    }
common-offer-all-from-sales =
    { $offer }, { $pays } en todas las ventas al llegar a { $number } { $period ->
        [month] en un mes
        [quarter] en un trimestre
        [year] en un año
       *[ever] en total
    }
common-offer-from-revenue =
    { $offer }, { $pays } de los ingresos por encima de { $revenue } { $period ->
        [month] en un mes
        [quarter] en un trimestre
        [year] en un año
       *[ever] en total
    }
common-offer-all-from-revenue =
    { $offer }, { $pays } en todas las ventas cuando los ingresos llegan a { $revenue } { $period ->
        [month] en un mes
        [quarter] en un trimestre
        [year] en un año
       *[ever] en total
    }
common-offer-products = { $offer }, para { $list }
common-offer-countries = { $offer }, para clientes de { $list }
common-offer-currencies = { $offer }, si se paga en { $list }
common-offer-metadata = { $offer }, si { $name } es { $list }
common-offer-segments = { $offer }, para afiliados de { $list }
common-offer-affiliates =
    { $count ->
        [one] { $offer }, para un afiliado seleccionado
       *[other] { $offer }, para { $count } afiliados seleccionados
    }
# $limits is a list of the next three.
common-offer-limits = { $offer }, hasta { $limits }
common-offer-per-sale = { $amount } por venta
common-offer-per-customer = { $amount } por cliente
common-offer-per-period =
    { $period ->
        [month] { $amount } al mes
        [quarter] { $amount } al trimestre
        [year] { $amount } al año
       *[ever] { $amount } en total
    }
# The limits hold for payments in this currency only.
common-offer-on-currency = { $offer } en pagos en { $currency }
# $other is a second offer; $count are counted only.
common-offer-plus = { $offer }, más { $other }
common-offer-more = { $offer }, y { $count } más

## What Stripe needs before it pays an affiliate. $what is one of the things below, of a company or a person: "company’s
## tax number". $detail is Stripe’s own name of a document, in English.

common-stripe-needs = Stripe necesita: { $what }.
common-stripe-needs-by = Stripe necesita antes del { $day }: { $what }.
common-stripe-needs-overdue = Stripe necesita: { $what }. El plazo ya ha vencido.
common-stripe-needs-later = Stripe necesitará más adelante: { $what }.
common-stripe-checks = Stripe está comprobando: { $what }.
common-stripe-of-company = { $what } (empresa)
common-stripe-of-representative = { $what } (representante)
common-stripe-of-owner = { $what } (propietario)
common-stripe-of-director = { $what } (directivo)
common-stripe-item-name = nombre
common-stripe-item-date-of-birth = fecha de nacimiento
common-stripe-item-email-address = correo electrónico
common-stripe-item-phone-number = número de teléfono
common-stripe-item-id-number = número de identidad o fiscal
common-stripe-item-ssn = SSN (últimas cuatro cifras)
common-stripe-item-nationality = nacionalidad
common-stripe-item-public-office = respuesta sobre cargos públicos
common-stripe-item-other-names = otros nombres, si los hay
common-stripe-item-gender = sexo
common-stripe-item-name-in-kana = nombre en kana
common-stripe-item-name-in-kanji = nombre en kanji
common-stripe-item-tax-number = número fiscal
common-stripe-item-vat-number = número de IVA
common-stripe-item-registration-number = número de registro
common-stripe-item-legal-structure = forma jurídica
common-stripe-item-owners = lista de propietarios
common-stripe-item-directors = lista de administradores
common-stripe-item-executives = lista de directivos
common-stripe-item-ownership = declaración de titularidad
common-stripe-item-identity-document = documento de identidad
common-stripe-item-registration-document = documento de registro
common-stripe-item-proof-of-address = justificante de domicilio
common-stripe-item-selfie = selfi
common-stripe-item-job-title = puesto de trabajo
common-stripe-item-ownership-percentage = porcentaje de participación
common-stripe-item-role = función en la empresa
common-stripe-item-address-in-japanese = dirección en japonés
common-stripe-item-address = dirección
common-stripe-item-bank-account = cuenta bancaria
common-stripe-item-account-type = tipo de cuenta (particular o empresa)
common-stripe-item-line-of-business = sector de actividad
common-stripe-item-website = sitio web o página de perfil
common-stripe-item-business-description = descripción de la actividad
common-stripe-item-support-phone = teléfono de atención
common-stripe-item-business-name = nombre comercial
common-stripe-item-annual-revenue = ingresos anuales
common-stripe-item-support-contact = contacto de atención
common-stripe-item-terms = aceptación de las condiciones de Stripe
common-stripe-item-statement-name = nombre en los extractos bancarios
common-stripe-item-document = documento: { $detail }

## What earned a commission.

common-earned-by-sale = Venta
common-earned-by-renewal = Renovación
common-earned-by-lead = Lead
common-earned-by-clicks = Clics del día
common-earned-by-bonus = Bonificación
common-earned-by-adjustment = Ajuste
common-earned-by-override = Comisión por referido

## The status of a payout, and what it means for the affiliate. "It" is the payout.

common-payout-scheduled = Programado
common-payout-scheduled-next = Está incluido en los próximos pagos de { $brand }.
common-payout-on-its-way = En camino
common-payout-reserved-next = El importe está reservado. { $brand } lo pagará y lo marcará como enviado.
common-payout-reserved-by-next = El importe está reservado. { $brand } lo pagará por { $rail } y lo marcará como enviado.
common-payout-sending-next = Se está enviando. No tienes que hacer nada.
common-payout-delayed = Retrasado
common-payout-delayed-next = El importe está reservado para ti y se enviará en cuanto la cuenta de { $brand } lo permita.
common-payout-checked = En comprobación
common-payout-checked-next = El servicio de pago aún no lo ha confirmado. Lo estamos comprobando para que cobres exactamente una vez.
common-payout-partly-returned = Devuelto en parte
common-payout-partly-returned-next = Una parte se devolvió y se te vuelve a deber. { $brand } lo revisará.
common-payout-failed = Fallido
# $then is one of the next seven sentences.
common-payout-failed-next = No se envió nada y se te vuelve a deber el importe. { $then }
common-payout-after = Se incluirá en el próximo pago.
common-payout-after-account = Completa o renueva tu cuenta de cobro en el portal para recibir el próximo pago.
common-payout-after-no-method = Añade un método de cobro en el portal para recibir el próximo pago.
common-payout-after-no-tax-form = Envía un formulario fiscal en el portal. Después recibirás el pago.
common-payout-after-on-hold = Recibirás el pago cuando tus pagos dejen de estar retenidos.
common-payout-after-not-approved = No se pagará mientras no seas un afiliado aprobado.
common-payout-after-payment-failed = La marca lo revisará antes de pagarte.
common-payout-returned = Devuelto
common-payout-returned-next = Se envió, pero fue devuelto, y se te vuelve a deber el importe. { $brand } lo revisará.
common-payout-rejected = Rechazado por tu banco
common-payout-rejected-next = El dinero está en tu cuenta de Stripe. Revisa allí tus datos bancarios y Stripe lo volverá a transferir.
common-payout-in-bank = En tu banco
common-payout-in-bank-next = Tu banco lo ha recibido.
common-payout-sent = Enviado
common-payout-sent-by-stripe = Está en tu cuenta de Stripe. Stripe lo transferirá a tu banco en unos días.
common-payout-sent-by-brand = { $brand } lo envió de la forma que acordasteis.
common-payout-sent-by-rail = Se te envió por { $rail }.

## Why a payout failed or came back.

common-payout-why-account = Tu cuenta de cobro ya no puede recibir dinero.
common-payout-why-not-ready = Tu cuenta de cobro aún no está lista para recibir dinero.
common-payout-why-no-method = Tu método de cobro ya no está configurado.
common-payout-why-nothing-payable = Sus comisiones se reembolsaron, se rechazaron o se pagaron de otra forma antes de poder enviarlo.
common-payout-why-below-minimum = El importe restante era inferior al pago mínimo.
common-payout-why-no-tax-form = No tenías ningún formulario fiscal válido.
common-payout-why-on-hold = Tus pagos están retenidos. Pregunta a la marca por qué.
common-payout-why-not-approved = Ya no eres un afiliado aprobado. Pregunta a la marca por tu saldo.
common-payout-why-canceled = La marca lo canceló.
common-payout-why-payment-failed = El servicio de pago no pudo entregarlo.
common-payout-why-marked-failed = La marca informó de que no llegó.
common-payout-why-transfer-reversed = La transferencia se revirtió.

## How a payout is paid where no service does it, and why tax was withheld from it.

common-payout-rail-manual = Directamente por la marca
common-payout-withheld = Retención de respaldo del 24{ "\u00A0" }%: { $because }.
common-payout-withheld-missing = no hay ningún formulario fiscal
common-payout-withheld-expired = el formulario fiscal había caducado
common-payout-withheld-rejected = el formulario fiscal fue rechazado
common-payout-withheld-applies = el formulario fiscal indica que se aplica
common-payout-withheld-invalid = no hay ningún formulario fiscal válido

## Under a list: its other pages, and its file.

common-pager-pages = Páginas
common-pager-first = Primera página
common-pager-previous = Anterior
common-pager-next = Siguiente
common-export-csv = Exportar CSV

## The period that a page shows.

common-span = Periodo
common-span-7d = 7 días
common-span-30d = 30 días
common-span-90d = 90 días
common-span-12m = 12 meses
# Two dates.
common-span-title = { $first } – { $last }
common-from-to = { $first } a { $last }
common-span-from = Desde
common-span-to = Hasta (incluido)
# $zone is a time zone, such as Europe/Berlin.
common-span-zone = Fechas en la zona { $zone }
common-span-apply = Aplicar

## Charts.

common-chart-label = { $title }, { $period }: { $total } en total, máximo { $highest } ({ $when })
common-chart-label-plain = { $title }, { $period }: { $total }
common-chart-this = Este periodo
common-chart-previous = Periodo anterior
common-chart-date = Fecha
common-chart-so-far = hasta ahora
common-chart-table = Ver como tabla
common-chart-png = Guardar como PNG
common-chart-keys = Usa las teclas de flecha para ir de un punto a otro.
common-weekday = { $weekday }, { $day }
common-weekday-monday = lun
common-weekday-tuesday = mar
common-weekday-wednesday = mié
common-weekday-thursday = jue
common-weekday-friday = vie
common-weekday-saturday = sáb
common-weekday-sunday = dom

## Forms.

common-optional = opcional
# Above a form with several mistakes; a list of them follows.
common-problems =
    { $count ->
        [one] Hay 1 problema
       *[other] Hay { $count } problemas
    }

## What scripts show: a button that copies a link, and one that closes a dialog.

common-script-copy = Copiar
common-script-copied = Copiado
common-script-select = Selecciona y copia
common-script-cancel = Cancelar
common-script-close = Cerrar
common-script-calendar = Abrir calendario
common-script-date = Escribe una fecha, por ejemplo

## What customers save with a coupon: "20% off the first payment". $off is a percentage or an amount. No full stop.

common-discount-once = { $off } de descuento en el primer pago
common-discount-months =
    { $months ->
        [one] { $off } de descuento durante el primer mes
       *[other] { $off } de descuento durante los primeros { $months } meses
    }
common-discount-forever = { $off } de descuento en cada pago
# $day is the last day.
common-discount-until = { $discount }, hasta el { $day }
common-discount-uses =
    { $uses ->
        [one] { $discount }, como máximo una vez por código
       *[other] { $discount }, como máximo { $shown } veces por código
    }

## What a reward gives, and what it counts. No full stops.

common-reward-segment = el segmento { $segment }
common-reward-rate =
    { $months ->
        [one] { $rate } de comisión durante un mes
       *[other] { $rate } de comisión durante { $months } meses
    }
common-reward-sales =
    { $count ->
        [one] 1 venta
       *[other] { $count } ventas
    }
common-reward-leads =
    { $count ->
        [one] 1 lead
       *[other] { $count } leads
    }
common-reward-revenue = { $amount } en ventas
common-reward-commission = { $amount } en comisiones
