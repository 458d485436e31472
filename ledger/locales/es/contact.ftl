# Solicitudes, invitaciones y mensajes entre creadores y marcas.

contact-applications = Solicitudes
contact-invitations = Invitaciones
contact-none = Aún no hay nada aquí.
contact-none-find = Buscar programas
contact-status =
    { $status ->
        [Invited] Invitación recibida
        [Applied] A la espera de la marca
        [Joined] Aprobada
        [Declined] Rechazada por ti
        [Rejected] Rechazada por la marca
        [Withdrawn] Retirada
       *[other] Caducada
    }
contact-until = Puedes aceptar hasta el { $day }.
contact-see-program = Ver programa
contact-accept = Aceptar
contact-unavailable = Ahora no puedes aceptar, porque este programa está oculto. Vuelve más tarde.
contact-decline = Rechazar
contact-withdraw = Retirar solicitud
contact-mute = Silenciar a { $brand }
contact-stop-hint = ¿No quieres invitaciones? Ninguna marca verá tu perfil y se rechazarán las invitaciones abiertas.
contact-stop = Detener todas las invitaciones
contact-messages = Mensajes
contact-thread-with = Mensajes con { $brand }
contact-thread-none = Aún no hay mensajes.
contact-you = Tú
contact-message = Mensaje
contact-send = Enviar mensaje
contact-report = Denunciar esta marca
contact-report-title = ¿Denunciar a { $brand }?
contact-report-reason = ¿Qué ha pasado?
contact-report-send = Enviar denuncia
contact-apply-title = Solicitar { $program }
contact-apply-hint = { $brand } verá tus respuestas y tu dirección de correo, { $email }.
contact-apply-terms = Leer las condiciones
contact-apply-accept = Acepto las condiciones de { $brand }
contact-apply-submit = Enviar solicitud
contact-apply-refused = Esta marca ya decidió sobre ti, así que no puedes volver a solicitarlo.
contact-apply-from = { $host } envió tu perfil y rellenó este formulario. Sabrá qué pasa con esta solicitud, y la retira si lo pides allí.
contact-apply-alone = Solicitar sin él
contact-invitation-from = { $brand } te ha invitado
contact-done-applied = Solicitud enviada.
contact-done-ended = Listo. La marca solo conoce el estado.
contact-done-muted = Silenciada. Esta marca ya no ve tu perfil.
contact-done-stopped = Detenido. Ninguna marca ve ahora tu perfil.
# $most is a number.
contact-message-many = Puedes enviar { $most } mensajes al día, a todas las marcas juntas. Continúa mañana.
contact-done-sent = Mensaje enviado.
contact-done-reported = Denuncia enviada a los operadores.
contact-ended = Este contacto ha terminado.
contact-decided = Esto ya está decidido.
# $most is a number.
contact-length = Escribe entre 1 y { $most } caracteres.
