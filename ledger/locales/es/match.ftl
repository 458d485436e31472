# Programas que encajan con un creador.

match-title = Programas para ti
match-hint = La puntuación indica cuánto encaja un programa con tu perfil. Nadie puede pagar por un puesto.
match-search = Buscar
match-topic = Tema
match-topic-all = Todos los temas
match-find = Buscar programas
match-none = Ningún programa coincide.
match-none-hint = Prueba otras palabras o todos los temas.
match-no-profile = Escribe tu perfil para ver cuánto encaja cada programa.
match-no-profile-link = Escribir perfil
match-score = { $score } de 100
match-new = Nuevo aquí
match-why = Por qué esta puntuación
match-points = { $points } de { $most }
match-apply = Solicitar
match-see = Ver programa
match-more = Más programas
match-reason =
    { $part ->
        [topic] Temas en común
        [text] Palabras en común
        [audience] Tamaño de la audiencia y tipo de canal
        [place] País e idioma
        [format] Formatos y por qué paga el programa
        [proof] Canales verificados, perfil completo, actividad reciente
        [track-new] Aún sin trayectoria
        [track-mixed] Trayectoria: muchas ventas en programas similares se reembolsaron o rechazaron
        [track-steady] Trayectoria: ventas constantes en programas similares
        [track-good] Trayectoria: pocos reembolsos en programas similares
        [track-strong] Trayectoria: muchas ventas y pocos reembolsos en programas similares
       *[other] Trayectoria
    }
